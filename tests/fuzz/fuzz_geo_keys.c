/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a TIFF in memory: its GeoTIFF keys.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/hyp3/geo_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    const uint8_t *bytes;
    size_t size;
};

static bool read_at(void *source, uint64_t offset, void *buffer, size_t size)
{
    const struct memory *memory = source;

    if (offset > memory->size || size > memory->size - offset)
        return false;
    memcpy(buffer, memory->bytes + offset, size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {data, size};
    unsigned char keys[IH_GEO_KEYS_ROOM];
    size_t used = ih_geo_keys_read(read_at, &memory, keys);

    /* What is given is initialised, which the sanitizers of reading memory would tell. */
    unsigned char sum = 0;
    for (size_t i = 0; i < used; i++)
        sum = (unsigned char)(sum + keys[i]);
    if (used > IH_GEO_KEYS_ROOM || (used == 0 && sum != 0))
        abort();
    return 0;
}
