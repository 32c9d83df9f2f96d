/* SPDX-License-Identifier: MIT
 *
 * Any bytes as an archive in memory: list it, find every member, ask where its bytes are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/hyp3/zip_directory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    const uint8_t *bytes;
    size_t size;
};

static void require(bool fact)
{
    if (!fact)
        abort();
}

static bool read_at(void *source, uint64_t offset, void *buffer, size_t size)
{
    const struct memory *memory = source;

    /* The reader promises to stay inside the size that it was told. */
    require(offset <= memory->size && size <= memory->size - offset);
    memcpy(buffer, memory->bytes + offset, size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory = {data, size};
    const char *why = NULL;
    ih_zip_directory *directory = ih_zip_directory_read(read_at, &memory, size, &why);

    if (!directory) {
        require(why != NULL);
        return 0;
    }
    require(directory->count + directory->skipped <= IH_ZIP_MAX_MEMBERS);
    for (size_t i = 0; i < directory->count; i++) {
        const ih_zip_member *member = &directory->members[i];
        uint64_t offset = 0;

        /* Names are unique and safe. */
        require(ih_zip_find(directory, member->name) == member);
        require(member->name[0] != '\0' && member->name[0] != '/');
        require(strlen(member->name) <= IH_ZIP_MAX_NAME && !strchr(member->name, '\\'));
        require(strncmp(member->name, "../", 3) != 0 && !strstr(member->name, "/../"));
        if (ih_zip_data_offset(directory, member, read_at, &memory, &offset))
            require(offset <= size && member->compressed_size <= size - offset);
    }
    ih_zip_directory_free(directory);
    return 0;
}
