/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the name of a product, of another product, of a layer file and of a date.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/hyp3/layers.h"
#include "drivers/hyp3/product_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_name(const char *text)
{
    ih_product_name name;
    const char *what = NULL;
    long days;

    if (ih_product_name_parse(text, &name)) {
        require(name.kind != IH_PRODUCT_NONE);
        require(strncmp(text, name.name, strlen(name.name)) == 0);
        require(ih_date_to_days(name.reference_date, &days));
        require(ih_date_to_days(name.secondary_date, &days));
        require(name.relative_orbit >= 0 && name.relative_orbit <= 175);
        require(strlen(name.polarization) == 2 && strlen(name.swaths) <= 3);
        require(!ih_product_name_is_other(text, NULL));
    } else {
        require(name.kind == IH_PRODUCT_NONE);
        if (ih_product_name_is_other(text, &what))
            require(what != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    size_t stem = 0;
    long days;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check_name(text);
    if (ih_layer_of_file(text, &stem) >= 0)
        require(stem > 0 && stem < strlen(text) && text[stem] == '_');
    (void)ih_layer_find(text);
    (void)ih_date_to_days(text, &days);
    (void)ih_relative_orbit(text[0], atol(text));
    free(text);
    return 0;
}
