/* Finding subtitles by the name of the video. */
#include "api/sidecar.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *const endings[] = { "srt", "vtt", "ass", "ssa" };

#define N_ENDINGS ((int)(sizeof endings / sizeof *endings))

/* Where it stands among the candidates, smaller is better; -1: it is none. stem: the video's name without its ending. */
static int rank_of(const char *name, const char *stem, size_t stem_size, const char *video)
{
    const char *dot = strrchr(name, '.');
    size_t size = dot ? (size_t)(dot - name) : 0;
    int ending;

    if (strstr(name, ".seechange."))
        return -1;               /* captions of ours: what a model said before is no subtitle */
    if (size < stem_size || strncmp(name, stem, stem_size) || (size > stem_size && name[stem_size] != '.'))
        return -1;
    for (ending = 0; ending < N_ENDINGS; ending++)
        if (!strcasecmp(dot + 1, endings[ending]))
            break;
    if (ending == N_ENDINGS)
        return -1;
    if (size == stem_size)
        return ending;
    return (size == strlen(video) && !strncmp(name, video, size) ? 1 : 2) * N_ENDINGS + ending;
}

static char *folder_of(const char *path, const char *name)
{
    return name > path ? strndup(path, (size_t)(name - path)) : strdup("./");
}

static enum sc_status search(DIR *dir, const char *name, char **best, int *n, struct sc_error *err)
{
    const char *dot = strrchr(name, '.');
    size_t stem_size = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    struct dirent *entry;
    int lowest = 0, rank;

    while ((entry = readdir(dir))) {
        if ((rank = rank_of(entry->d_name, name, stem_size, name)) < 0 || !strcmp(entry->d_name, name))
            continue;
        if (++*n > 1 && (rank > lowest || (rank == lowest && strcmp(entry->d_name, *best) > 0)))
            continue;
        lowest = rank;
        free(*best);
        if (!(*best = strdup(entry->d_name)))
            return fail_memory(err);
    }
    return SC_OK;
}

enum sc_status sidecar_find(const char *path, char **out, int *n_others_out, struct sc_error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *folder = NULL, *best = NULL;
    struct stat st;
    DIR *dir = NULL;
    enum sc_status s = SC_OK;
    int n = 0;

    *out = NULL;
    *n_others_out = 0;
    if (!strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode))
        return SC_OK;
    if (!(folder = folder_of(path, name)))
        return fail_memory(err);
    if ((dir = opendir(folder)) && !(s = search(dir, name, &best, &n, err)) && best) {
        *n_others_out = n - 1;
        if (asprintf(out, "%s%s", name > path ? folder : "", best) < 0) {
            *out = NULL;
            s = fail_memory(err);
        }
    }
    if (dir)
        closedir(dir);
    free(folder);
    free(best);
    return s;
}
