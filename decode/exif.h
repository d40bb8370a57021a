/* Facts out of EXIF data. Source: EXIF 2.3, 4.5 and 4.6. Thread-safety: safe. */
#ifndef DECODE_EXIF_H
#define DECODE_EXIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXIF_MAKE 0x10F          /* who made the camera */
#define EXIF_MODEL 0x110
#define EXIF_DESCRIPTION 0x10E
#define EXIF_DATE 0x132          /* of the last change */
#define EXIF_DATE_TAKEN 0x9003

/* Tag 274 of the first directory of a TIFF header, an "Exif\0\0" before it accepted: 1..8, or 0 if there is none. */
int exif_orientation(const uint8_t *data, size_t size);

/* The text of a tag of the first directory, or of the one for EXIF's own (EXIF_DATE_TAKEN). False: there is none, or
 * nothing in it. Cut off where out is full. */
bool exif_text(const uint8_t *data, size_t size, int tag, char *out, size_t out_size);

/* Where the EXIF data of a JPEG, PNG, WebP or TIFF file is; NULL: there is none. */
const uint8_t *exif_find(const uint8_t *file, size_t size, size_t *exif_size_out);

#endif
