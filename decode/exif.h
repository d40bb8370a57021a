/* The orientation out of EXIF data. Thread-safety: safe. */
#ifndef DECODE_EXIF_H
#define DECODE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* Tag 274 of the first directory of a TIFF header, an "Exif\0\0" before it accepted: 1..8, or 0 if there is none.
 * Source: EXIF 2.3, 4.5.2 and 4.6.4. */
int exif_orientation(const uint8_t *data, size_t size);

#endif
