/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the metadata text of a product.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/hyp3/product_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool truncated = false;
    ih_product_text *text = ih_product_text_parse((const char *)data, size, &truncated);
    size_t count = ih_product_text_count(text);

    if (!text)
        return 0;
    require(count <= IH_PRODUCT_TEXT_MAX_KEYS);
    for (size_t i = 0; i < count; i++) {
        const char *key = ih_product_text_key(text, i), *value = ih_product_text_value(text, i);
        double number = 0;
        int flag = ih_product_text_flag(text, key);

        /* A repeated key was left out, so every key finds its own value. */
        require(ih_product_text_get(text, key) == value);
        require(ih_product_text_get_prefix(text, key) != NULL);
        require(strpbrk(key, "\r\n:") == NULL && strpbrk(value, "\r\n") == NULL);
        require(flag >= -1 && flag <= 1);
        if (ih_product_text_number(text, key, &number))
            require(isfinite(number));
    }
    (void)ih_product_text_get_prefix(text, "Azimuth line of the reference point");
    ih_product_text_free(text);
    return 0;
}
