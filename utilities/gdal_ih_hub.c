/* SPDX-License-Identifier: MIT
 *
 * gdal_ih_hub: accounts, catalogues, orders and downloads, by verbs.
 */
#include "utilities/lib/hub.h"

int main(int argc, char **argv)
{
    return ih_hub_main(argc, argv);
}
