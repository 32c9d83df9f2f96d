/* SPDX-License-Identifier: MIT
 *
 * Loops over IH_LANES pixels, compiled several times and chosen when the program starts. Every
 * pixel keeps its own lane and contraction to fused multiply-add is switched off
 * (-ffp-contract=off), so all versions give the same bytes.
 */
#ifndef IH_SIMD_H
#define IH_SIMD_H

#include <stddef.h> /* defines __GLIBC__ where the C library is glibc */
#include <stdint.h>

/* The choice at start is an indirect function: it needs glibc, and it runs before a sanitizer is
 * ready. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&       \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(IH_NO_CLONES)
#define IH_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define IH_SIMD
#endif

/* Before a loop over lanes: its arrays do not overlap. */
#if defined(__clang__)
#define IH_LANE_LOOP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define IH_LANE_LOOP _Pragma("GCC ivdep")
#else
#define IH_LANE_LOOP
#endif

#endif
