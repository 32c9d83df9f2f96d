#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up, builds and tries InSARHub for GDAL on Debian 12 and its relatives. See usage() below.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
jobs=$(nproc 2>/dev/null || echo 2)

build_packages="gcc g++ cmake ninja-build pkg-config libgdal-dev gdal-bin libcjson-dev liblapacke-dev
    libcurl4-openssl-dev libopenblas0-pthread lowdown"
test_packages="libcmocka-dev python3 python3-gdal python3-numpy python3-pytest clang libclang-rt-14-dev libomp-dev
    valgrind strace openssl"
client_packages="mintpy python3-rasterio python3-qgis qgis-providers python3-xarray python3-netcdf4"

usage() {
    cat <<'EOF'
Usage: sh bootstrap.sh demo [DIR]          build, simulate a product stack, map its velocity (default DIR: demo)
       sh bootstrap.sh test [--clients]    build and run every test; --clients installs rasterio, QGIS, ... first
       sh bootstrap.sh install [PREFIX]    build and install (default PREFIX: /usr/local)

Options for all three:
  --no-packages   do not install anything; the packages must be there

Each command installs the Debian packages it needs (as root, or through sudo) and says which.
EOF
}

say() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 1
}

# Installs those of the named packages that are missing.
need() {
    [ "$packages" = yes ] || return 0
    missing=
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "these packages are missing and there is neither root nor sudo to install them:$missing"
        as_root=sudo
    fi
    say "Installing packages:$missing"
    $as_root apt-get -q update >/dev/null || fail "apt-get update failed"
    # shellcheck disable=SC2086  # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing \
        >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        fail "apt-get install failed; its output is above"
    }
}

# configure_and_build FOLDER [cmake arguments]
configure_and_build() {
    folder=$1
    shift
    # A folder configured elsewhere (a moved or copied checkout) cannot be reused.
    if [ -f "$folder/CMakeCache.txt" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$here" "$folder/CMakeCache.txt"; then
        rm -rf "$folder"
    fi
    cmake -S "$here" -B "$folder" -G Ninja "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        fail "configuration failed"
    }
    cmake --build "$folder" --parallel "$jobs" >"$log" 2>&1 || {
        tail -n 60 "$log" >&2
        fail "the build in $folder failed"
    }
    if grep -q 'warning:' "$log"; then
        grep 'warning:' "$log"
    fi
}

demo() {
    out=${1:-$here/demo}
    # shellcheck disable=SC2086
    need $build_packages
    say "Building"
    configure_and_build "$here/build" -DIH_BUILD_TESTS=OFF
    PATH=$here/build/utilities:$PATH
    GDAL_DRIVER_PATH=$here/build/drivers/hyp3
    IH_DATA=$here/data
    export PATH GDAL_DRIVER_PATH IH_DATA

    say "gdal_ih_simulate --optfile data/demo/demo.options $out/stack   (HyP3 product zips with known truth)"
    mkdir -p "$out"
    gdal_ih_simulate -overwrite --optfile "$here/data/demo/demo.options" "$out/stack"

    zip=$(find "$out/stack" -name '*.zip' | sort | head -n 1)
    [ -n "$zip" ] || fail "the simulator made no zip"
    say "gdalinfo $zip"
    gdalinfo -nofl "$zip" | grep -E '^(Driver|Size|Band)|Description|PRODUCT_TYPE|_DATE=|BASELINE|  *WAVELENGTH'

    # Without -ref_lonlat the most coherent pixel is the reference; in this scene it lies in the sinking bowl.
    say "gdal_ih_sbas -ref_lonlat 14.2839 40.8905 $out/stack $out/result   (a reference on stable ground)"
    gdal_ih_sbas -overwrite -ref_lonlat 14.2839 40.8905 "$out/stack" "$out/result"

    say "gdal_ih_simulate -compare $out/result $out/stack"
    gdal_ih_simulate -compare "$out/result" "$out/stack"

    say "Done. The results, for QGIS or any GDAL program, are in $out/result:"
    ls "$out/result"
    printf '\nLook at  %s\n' "$out/result/quicklook.png"
}

# run_ctest TITLE FOLDER [ctest arguments]: runs, prints, and adds to the totals.
run_ctest() {
    title=$1 folder=$2
    shift 2
    say "$title"
    results=$folder/results.xml
    rm -f "$results"
    ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --output-junit "$results" "$@" || true
    [ -f "$results" ] || fail "ctest wrote no results"
    count() {
        sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$results" | head -n 1
    }
    ran=$(count tests) bad=$(count failures) left=$(count skipped)
    [ "${ran:-0}" -gt 0 ] || fail "no test ran: $title"
    passed=$((passed + ran - bad - left)) failed=$((failed + bad)) skipped=$((skipped + left))
}

run_tests() {
    passed=0 failed=0 skipped=0
    # shellcheck disable=SC2086
    need $build_packages $test_packages
    if [ "$clients" = yes ]; then
        # shellcheck disable=SC2086
        need $client_packages
    fi

    say "Building (warnings are errors)"
    configure_and_build "$here/build" -DIH_BUILD_TESTS=ON -DIH_WERROR=ON
    run_ctest "All tests" "$here/build"

    say "Building with AddressSanitizer and UndefinedBehaviorSanitizer"
    configure_and_build "$here/build-sanitize" -DIH_BUILD_TESTS=ON -DIH_SANITIZE=ON \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo
    run_ctest "Tests under the sanitizers" "$here/build-sanitize" -L '^(unit|driver|sanitize)$'

    say "Building the fuzz targets"
    configure_and_build "$here/build-fuzz" -DIH_BUILD_TESTS=OFF -DIH_BUILD_FUZZERS=ON \
        -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo
    run_ctest "Fuzz targets, a short pass" "$here/build-fuzz" -L fuzz

    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
}

install_suite() {
    prefix=${1:-/usr/local}
    # shellcheck disable=SC2086
    need $build_packages
    say "Building"
    configure_and_build "$here/build" -DIH_BUILD_TESTS=OFF "-DCMAKE_INSTALL_PREFIX=$prefix" \
        -UIH_GDAL_PLUGIN_DIR
    say "Installing below $prefix"
    as_root=
    parent=$prefix
    while [ ! -e "$parent" ]; do
        parent=$(dirname "$parent")
    done
    if [ ! -w "$parent" ]; then
        command -v sudo >/dev/null 2>&1 || fail "$prefix is not writable"
        as_root=sudo
    fi
    $as_root cmake --install "$here/build"
    plugin=$(sed -n 's/^IH_GDAL_PLUGIN_DIR:[A-Z]*=//p' "$here/build/CMakeCache.txt")
    case $plugin in
    /*) say "Installed. Try: gdalinfo --format HYP3" ;;
    *) say "Installed. GDAL does not look for drivers there; let it, and the shell find the programs:
export GDAL_DRIVER_PATH=$prefix/$plugin PATH=$prefix/bin:\$PATH" ;;
    esac
}

action=
argument=
packages=yes
clients=no
for word in "$@"; do
    case $word in
    -h | --help)
        usage
        exit 0
        ;;
    --no-packages) packages=no ;;
    --clients) clients=yes ;;
    -*) usage >&2 && fail "unknown option $word" ;;
    *)
        if [ -z "$action" ]; then
            action=$word
        elif [ -z "$argument" ]; then
            argument=$word
        else
            usage >&2 && fail "one argument too many: $word"
        fi
        ;;
    esac
done

case $action in
demo | install) ;;
test) [ -z "$argument" ] || { usage >&2 && fail "test takes no folder: $argument"; } ;;
'')
    usage >&2
    exit 1
    ;;
*) usage >&2 && fail "unknown command $action" ;;
esac
if [ "$clients" = yes ] && [ "$action" != test ]; then
    usage >&2
    fail "--clients belongs to test"
fi
if [ "$packages" = yes ] && ! command -v apt-get >/dev/null 2>&1; then
    fail "there is no apt-get here. Install the equivalents of these Debian packages by hand, then add --no-packages:
to build: $build_packages
to test: $test_packages"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

case $action in
demo) demo "$argument" ;;
test) run_tests ;;
install) install_suite "$argument" ;;
esac
