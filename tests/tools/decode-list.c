/* Prints every displayed picture of a media file: time, flags, size, a hash of its samples.
 *
 *     decode-list [-s SECONDS] [-k SKIP] [-t THREADS] FILE
 *
 * With -s each picture is what a fresh decoder finds by seeking to that time: one line only. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "decode/decode.h"
#include "tests/kit/list.h"

static void print_info(const struct sc_info *i)
{
    printf("# %s %s %s %s stream %d/%d %dx%d coded %dx%d rot %d%s sar %d:%d fps %.4f duration %lld offset %lld "
           "pictures %lld%s%s%s%s%s\n",
           i->container, i->codec, i->pixel_format, i->colour, i->stream, i->n_streams, i->width, i->height,
           i->coded_width, i->coded_height, i->rotation, i->mirrored ? " mirrored" : "", i->sar_num, i->sar_den,
           i->fps, (long long)i->duration_us, (long long)i->container_offset_us, (long long)i->n_pictures,
           i->interlaced ? " interlaced" : "", i->is_still ? " still" : "", i->is_stills ? " stills" : "",
           i->has_audio ? " audio" : "", i->has_subtitles ? " subtitles" : "");
}

static void print_picture(const struct picture *p)
{
    printf("%.6f %c%c%c %dx%d %d %016llx\n", p->time_us / 1e6, p->flags & PICTURE_KEY ? 'K' : '-',
           p->flags & PICTURE_DAMAGED ? 'D' : '-', p->flags & PICTURE_INTERLACED ? 'I' : '-', p->width, p->height,
           p->packet_bytes, (unsigned long long)list_hash(p));
}

int main(int argc, char **argv)
{
    struct decode_settings settings = { 0 };
    struct decoder *d = NULL;
    struct picture *p = NULL;
    struct sc_error err = { 0 };
    struct sc_damage damage;
    enum sc_status status;
    double seek = -1;
    int option;

    while ((option = getopt(argc, argv, "s:k:t:v:r:")) != -1) {
        if (option == 's')
            seek = atof(optarg);
        else if (option == 'k')
            settings.skip = atoi(optarg);
        else if (option == 't')
            settings.threads = atoi(optarg);
        else if (option == 'v')
            settings.source.stream = atoi(optarg);
        else if (option == 'r')
            settings.source.still_rate = atof(optarg);
        else
            return 2;
    }
    if (optind + 1 != argc)
        return 2;
    settings.source.path = argv[optind];
    if ((status = decode_open(&d, &settings, &err)))
        goto done;
    print_info(decode_info(d));
    if (seek >= 0 && (status = decode_seek(d, (int64_t)(seek * 1e6 + 0.5), &err)))
        goto done;
    while (!(status = decode_next(d, &p, &err)) && p) {
        print_picture(p);
        picture_unref(&p);
        if (seek >= 0)
            break;
    }
    damage = decode_damage(d);
    if (damage.n_packets)
        printf("# damage %lld %.6f %.6f\n", (long long)damage.n_packets, damage.first_us / 1e6, damage.last_us / 1e6);
done:
    decode_close(&d);
    if (status)
        fprintf(stderr, "decode-list: %s\n", err.text);
    return status ? 1 : 0;
}
