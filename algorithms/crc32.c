/* SPDX-License-Identifier: MIT */
#include "algorithms/crc32.h"

#define POLYNOMIAL 0xEDB88320u

void ih_crc32_fill(ih_crc32_table *table)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1u)));
        table->effect[0][b] = crc;
    }
    for (uint32_t b = 0; b < 256; b++)
        for (int k = 1; k < 8; k++) {
            uint32_t crc = table->effect[k - 1][b];

            table->effect[k][b] = (crc >> 8) ^ table->effect[0][crc & 0xFF];
        }
}

uint32_t ih_crc32(const ih_crc32_table *table, uint32_t before, const void *bytes, size_t size)
{
    const uint32_t(*effect)[256] = table->effect;
    const uint8_t *next = bytes;
    uint32_t crc = before ^ 0xFFFFFFFFu;

    for (; size >= 8; next += 8, size -= 8) {
        uint32_t low = crc ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 |
                              (uint32_t)next[3] << 24);

        crc = effect[7][low & 0xFF] ^ effect[6][low >> 8 & 0xFF] ^ effect[5][low >> 16 & 0xFF] ^
              effect[4][low >> 24] ^ effect[3][next[4]] ^ effect[2][next[5]] ^ effect[1][next[6]] ^
              effect[0][next[7]];
    }
    for (; size > 0; next++, size--)
        crc = (crc >> 8) ^ effect[0][(crc ^ *next) & 0xFF];
    return crc ^ 0xFFFFFFFFu;
}
