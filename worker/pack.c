/* The plain values of the protocol as bytes and back. Whatever comes in is taken as hostile. */
#include "worker/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 4096
#define MAX_REGIONS 4096

void pack_confinement(struct packer *p, const struct confinement *v)
{
    pack_u8(p, v->profile);
    pack_i64(p, v->memory_bytes);
}

bool unpack_confinement(struct unpacker *u, struct confinement *out)
{
    uint8_t profile = unpack_u8(u);

    out->profile = (enum confinement_profile)profile;
    out->memory_bytes = unpack_i64(u);
    return !u->failed && profile < CONFINE_N_PROFILES && out->memory_bytes >= 0;
}

void pack_confined(struct packer *p, const struct confined *v)
{
    pack_u8(p, v->profile);
    pack_u8(p, v->seccomp);
    pack_i32(p, v->landlock);
    pack_u8(p, v->memory);
    pack_text(p, v->why_not);
}

bool unpack_confined(struct unpacker *u, struct confined *out)
{
    uint8_t profile = unpack_u8(u);
    char *text;

    memset(out, 0, sizeof *out);
    out->profile = (enum confinement_profile)profile;
    out->seccomp = unpack_u8(u) != 0;
    out->landlock = unpack_i32(u);
    out->memory = unpack_u8(u) != 0;
    text = unpack_text(u, sizeof out->why_not - 1);
    snprintf(out->why_not, sizeof out->why_not, "%s", text ? text : "");
    free(text);
    return !u->failed && profile < CONFINE_N_PROFILES;
}

void pack_source(struct packer *p, const struct sc_source *v)
{
    pack_text(p, v->path);
    pack_i32(p, v->stream);
    pack_f64(p, v->still_rate);
    pack_u8(p, v->has_background);
    pack_u32(p, v->background_rgb);
    pack_i64(p, v->max_pixels);
}

bool unpack_source(struct unpacker *u, struct sc_source *out, char **path_out)
{
    memset(out, 0, sizeof *out);
    *path_out = unpack_text(u, PROTOCOL_MAX_PATH);
    out->path = *path_out;
    out->stream = unpack_i32(u);
    out->still_rate = unpack_f64(u);
    out->has_background = unpack_u8(u) != 0;
    out->background_rgb = unpack_u32(u);
    out->max_pixels = unpack_i64(u);
    return !u->failed && *path_out;
}

void pack_info(struct packer *p, const struct sc_info *v)
{
    pack_text(p, v->path);
    pack_text(p, v->container);
    pack_text(p, v->codec);
    pack_text(p, v->pixel_format);
    pack_text(p, v->colour);
    pack_i32(p, v->stream);
    pack_i32(p, v->n_streams);
    pack_i32(p, v->width);
    pack_i32(p, v->height);
    pack_i32(p, v->coded_width);
    pack_i32(p, v->coded_height);
    pack_i32(p, v->rotation);
    pack_u8(p, v->mirrored);
    pack_i32(p, v->sar_num);
    pack_i32(p, v->sar_den);
    pack_f64(p, v->fps);
    pack_i64(p, v->duration_us);
    pack_i64(p, v->container_offset_us);
    pack_i64(p, v->n_pictures);
    pack_u8(p, v->interlaced);
    pack_u8(p, v->is_still);
    pack_u8(p, v->is_stills);
    pack_u8(p, v->has_audio);
    pack_u8(p, v->has_subtitles);
    pack_u8(p, v->has_captions);
    pack_u8(p, v->can_seek);
}

bool unpack_info(struct unpacker *u, struct sc_info *out)
{
    memset(out, 0, sizeof *out);
    out->path = unpack_text(u, PROTOCOL_MAX_PATH);
    out->container = unpack_text(u, MAX_NAME);
    out->codec = unpack_text(u, MAX_NAME);
    out->pixel_format = unpack_text(u, MAX_NAME);
    out->colour = unpack_text(u, MAX_NAME);
    out->stream = unpack_i32(u);
    out->n_streams = unpack_i32(u);
    out->width = unpack_i32(u);
    out->height = unpack_i32(u);
    out->coded_width = unpack_i32(u);
    out->coded_height = unpack_i32(u);
    out->rotation = unpack_i32(u);
    out->mirrored = unpack_u8(u) != 0;
    out->sar_num = unpack_i32(u);
    out->sar_den = unpack_i32(u);
    out->fps = unpack_f64(u);
    out->duration_us = unpack_i64(u);
    out->container_offset_us = unpack_i64(u);
    out->n_pictures = unpack_i64(u);
    out->interlaced = unpack_u8(u) != 0;
    out->is_still = unpack_u8(u) != 0;
    out->is_stills = unpack_u8(u) != 0;
    out->has_audio = unpack_u8(u) != 0;
    out->has_subtitles = unpack_u8(u) != 0;
    out->has_captions = unpack_u8(u) != 0;
    out->can_seek = unpack_u8(u) != 0;
    if (out->width < 1 || out->height < 1)
        u->failed = true;
    return !u->failed;
}

void pack_scan(struct packer *p, const struct scan_settings *v)
{
    pack_u32(p, v->effort);
    pack_f64(p, v->fps);
    pack_i64(p, v->every_us);
    pack_i64(p, v->from_us);
    pack_i64(p, v->to_us);
    pack_box(p, v->crop);
}

bool unpack_scan(struct unpacker *u, struct scan_settings *out)
{
    uint32_t effort = unpack_u32(u);

    memset(out, 0, sizeof *out);
    out->effort = effort == SC_FULL ? SC_FULL : effort == SC_SCOUT ? SC_SCOUT : SC_NORMAL;
    out->fps = unpack_f64(u);
    out->every_us = unpack_i64(u);
    out->from_us = unpack_i64(u);
    out->to_us = unpack_i64(u);
    out->crop = unpack_box(u);
    return !u->failed;
}

void pack_scouting(struct packer *p, const struct sc_scouting *v)
{
    pack_u8(p, v->scouted);
    pack_i64(p, v->unseen_us);
    pack_i64(p, v->normal_from_us);
    pack_u8(p, (uint8_t)v->why);
    pack_u32(p, (uint32_t)v->n_unseen);
    for (int i = 0; i < v->n_unseen; i++) {
        pack_i64(p, v->unseen[i].from_us);
        pack_i64(p, v->unseen[i].to_us);
    }
}

bool unpack_scouting(struct unpacker *u, struct sc_scouting *out)
{
    uint32_t n, why;

    memset(out, 0, sizeof *out);
    out->scouted = unpack_u8(u);
    out->unseen_us = unpack_i64(u);
    out->normal_from_us = unpack_i64(u);
    why = unpack_u8(u);
    n = unpack_u32(u);
    if (n > SC_MAX_UNSEEN || n > unpack_left(u, 16) || why >= SC_N_UNSCOUTED)
        u->failed = true;
    else
        out->why = (enum sc_unscouted)why;
    if (u->failed || !n)
        return !u->failed;
    if (!(out->unseen = calloc(n, sizeof *out->unseen))) {
        u->failed = true;
        return false;
    }
    for (; out->n_unseen < (int)n; out->n_unseen++) {
        out->unseen[out->n_unseen].from_us = unpack_i64(u);
        out->unseen[out->n_unseen].to_us = unpack_i64(u);
    }
    return !u->failed;
}

void scan_summary_dispose(struct scan_summary *summary)
{
    sc_info_dispose(&summary->info);
    sc_scouting_dispose(&summary->scouting);
}

void pack_refine(struct packer *p, const struct refine_settings *v)
{
    pack_i64(p, v->max_pictures);
    pack_box(p, v->crop);
    pack_f64(p, v->sensitivity);
}

bool unpack_refine(struct unpacker *u, struct refine_settings *out)
{
    out->max_pictures = unpack_i64(u);
    out->crop = unpack_box(u);
    out->sensitivity = unpack_f64(u);
    return !u->failed;
}

void pack_heat(struct packer *p, const struct heat_item *v)
{
    pack_i64(p, v->before_us);
    pack_i64(p, v->shown_us);
    pack_box(p, v->within);
    pack_u8(p, v->in_its_light);
    pack_u8(p, v->raw);
}

bool unpack_heat(struct unpacker *u, struct heat_item *out)
{
    out->before_us = unpack_i64(u);
    out->shown_us = unpack_i64(u);
    out->within = unpack_box(u);
    out->in_its_light = unpack_u8(u) != 0;
    out->raw = unpack_u8(u) != 0;
    if (out->before_us < 0 || out->shown_us < out->before_us)
        u->failed = true;
    return !u->failed;
}

void pack_rough_box(struct packer *p, const struct rough_box *v)
{
    pack_i64(p, v->before_us);
    pack_i64(p, v->peak_us);
    pack_i64(p, v->after_us);
    pack_box(p, v->box);
}

bool unpack_rough_box(struct unpacker *u, struct rough_box *out)
{
    out->before_us = unpack_i64(u);
    out->peak_us = unpack_i64(u);
    out->after_us = unpack_i64(u);
    out->box = unpack_box(u);
    if (out->before_us < 0 || out->peak_us < out->before_us || out->after_us < out->peak_us)
        u->failed = true;
    return !u->failed;
}

void pack_damage(struct packer *p, const struct sc_damage *v)
{
    pack_i64(p, v->n_packets);
    pack_i64(p, v->first_us);
    pack_i64(p, v->last_us);
}

void unpack_damage(struct unpacker *u, struct sc_damage *out)
{
    out->n_packets = unpack_i64(u);
    out->first_us = unpack_i64(u);
    out->last_us = unpack_i64(u);
}

void pack_comparison(struct packer *p, const struct sc_comparison *v)
{
    int i;

    pack_i64(p, v->a_us);
    pack_i64(p, v->b_us);
    pack_u8(p, v->identical);
    pack_u8(p, v->changed);
    pack_f64(p, v->share);
    pack_f64(p, v->score);
    pack_f64(p, v->light_gain);
    pack_f64(p, v->light_offset);
    pack_i32(p, v->shift_x);
    pack_i32(p, v->shift_y);
    pack_u32(p, (uint32_t)v->n_regions);
    for (i = 0; i < v->n_regions; i++) {
        const struct sc_region *r = &v->regions[i];

        pack_box(p, r->box);
        pack_f64(p, r->share);
        pack_f64(p, r->score);
        pack_u32(p, r->kind);
        pack_bytes(p, r->yuv_before, 3);
        pack_bytes(p, r->yuv_after, 3);
    }
}

static void unpack_region(struct unpacker *u, struct sc_region *out)
{
    const uint8_t *colours;
    uint32_t kind;

    out->box = unpack_box(u);
    out->share = unpack_f64(u);
    out->score = unpack_f64(u);
    kind = unpack_u32(u);
    out->kind = kind < SC_N_KINDS ? (enum sc_kind)kind : SC_OTHER;
    colours = unpack_bytes(u, 6);
    if (colours) {
        memcpy(out->yuv_before, colours, 3);
        memcpy(out->yuv_after, colours + 3, 3);
    }
}

bool unpack_comparison(struct unpacker *u, struct sc_comparison *out)
{
    uint32_t n, i;

    memset(out, 0, sizeof *out);
    out->a_us = unpack_i64(u);
    out->b_us = unpack_i64(u);
    out->identical = unpack_u8(u) != 0;
    out->changed = unpack_u8(u) != 0;
    out->share = unpack_f64(u);
    out->score = unpack_f64(u);
    out->light_gain = unpack_f64(u);
    out->light_offset = unpack_f64(u);
    out->shift_x = unpack_i32(u);
    out->shift_y = unpack_i32(u);
    n = unpack_u32(u);
    if (n > MAX_REGIONS || n > unpack_left(u, 1))
        u->failed = true;
    if (u->failed || !n)
        return !u->failed;
    out->regions = calloc(n, sizeof *out->regions);
    if (!out->regions) {
        u->failed = true;
        return false;
    }
    for (i = 0; i < n; i++)
        unpack_region(u, &out->regions[i]);
    out->n_regions = (int)n;
    return !u->failed;
}
