/* Checks many Ed25519 signatures at a time, each by itself (RFC 8032, section 5.1.7, without the cofactor).
 *
 * R = S*B - h*A is the sum of entries of two tables, the multiples of B and of -A. The caller makes these tables for
 * the few keys that sign everything, so a check takes 64 additions and no doubling. The vector unit handles LANES
 * signatures side by side, and one inversion serves up to CHUNK of them. A signature is right if the encoding of that
 * point equals its first half. Nothing here is secret, so nothing needs constant time.
 *
 * A table has, for each of 32 windows of 8 bits, the multiples 0 to 128: y+x, y-x and 2dxy, each as 10 limbs of
 * 26, 25, 26 ... bits, and two words of padding.
 */
#include <stdint.h>
#include <string.h>

#ifndef LANES
#define LANES 4
#endif
#define GROUPS 64
#define CHUNK (LANES * GROUPS)
#define ENTRY 32
#define WINDOW (129 * ENTRY)

typedef uint64_t v __attribute__((vector_size(8 * LANES)));
typedef struct { v l[10]; } fe;
typedef struct { fe x, y, z, t; } point;

#if defined(__x86_64__)
#include <immintrin.h>
#if LANES == 8
#define VECTOR __attribute__((target("avx512f")))
#define INLINE VECTOR static inline __attribute__((always_inline))
INLINE v times(v a, v b) { return (v)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
int can_check(void) { return __builtin_cpu_supports("avx512f") != 0; }
#else
#define VECTOR __attribute__((target("avx2")))
#define INLINE VECTOR static inline __attribute__((always_inline))
INLINE v times(v a, v b) { return (v)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
int can_check(void) { return __builtin_cpu_supports("avx2") != 0; }
#endif
#else
#define VECTOR
#define INLINE static inline __attribute__((always_inline))
INLINE v times(v a, v b) { return a * b; }
int can_check(void) { return 1; }
#endif

#define BITS(i) ((i) & 1 ? 25 : 26)
#define MASK(i) ((1ull << BITS(i)) - 1)

INLINE v all(uint64_t a) { return a - (v){0}; }

/* Limbs of at most 64 bits become limbs of 26 and 25 bits, the second of which may be one unit over. */
INLINE fe carried(fe a) {
    for (int i = 0; i < 9; i++) {
        a.l[i + 1] += a.l[i] >> BITS(i);
        a.l[i] &= all(MASK(i));
    }
    v over = a.l[9] >> 25;
    a.l[9] &= all(MASK(9));
    a.l[0] += over * all(19);
    a.l[1] += a.l[0] >> 26;
    a.l[0] &= all(MASK(0));
    return a;
}

INLINE fe plus(fe a, fe b) {
    for (int i = 0; i < 10; i++) a.l[i] += b.l[i];
    return a;
}

/* a - b + 2p: b has carried limbs. */
INLINE fe minus(fe a, fe b) {
    for (int i = 0; i < 10; i++) a.l[i] += all(2 * (i ? MASK(i) : MASK(0) - 18)) - b.l[i];
    return a;
}

/* Limbs of a and b at most 1.5 * 2^27: 38 * 2^27.6 * 2^27.6, ten times, stays below 2^64; 19 b below 2^32. */
VECTOR static __attribute__((noinline)) fe mul(const fe *f, const fe *g) {
    v twice[10], nineteen[10];
    fe h;
    for (int i = 0; i < 10; i++) {
        twice[i] = f->l[i] + f->l[i];
        nineteen[i] = times(g->l[i], all(19));
    }
#pragma GCC unroll 10
    for (int k = 0; k < 10; k++) {
        v sum = all(0);
#pragma GCC unroll 10
        for (int i = 0; i < 10; i++) {
            int j = k - i;
            v b = j < 0 ? nineteen[j + 10] : g->l[j < 0 ? 0 : j];
            sum += times((i & 1) && ((j + 10) & 1) ? twice[i] : f->l[i], b);
        }
        h.l[k] = sum;
    }
    return carried(h);
}

INLINE fe squared(fe a, int times_) {
    while (times_--) a = mul(&a, &a);
    return a;
}

/* 1/a as a^(p-2). */
VECTOR static fe inverse(fe a) {
    fe b = squared(a, 1), c, d, e, f;
    c = squared(b, 2); c = mul(&c, &a);                    /* 9 */
    d = mul(&c, &b);                                       /* 11 */
    e = squared(d, 1); e = mul(&e, &c);                    /* 2^5 - 1 */
    f = squared(e, 5); e = mul(&f, &e);                    /* 2^10 - 1 */
    f = squared(e, 10); f = mul(&f, &e);                   /* 2^20 - 1 */
    fe g = squared(f, 20); f = mul(&g, &f);                /* 2^40 - 1 */
    f = squared(f, 10); e = mul(&f, &e);                   /* 2^50 - 1 */
    f = squared(e, 50); f = mul(&f, &e);                   /* 2^100 - 1 */
    g = squared(f, 100); f = mul(&g, &f);                  /* 2^200 - 1 */
    f = squared(f, 50); e = mul(&f, &e);                   /* 2^250 - 1 */
    e = squared(e, 5);
    return mul(&e, &d);                                    /* 2^255 - 21 */
}

/* p += digit * point, by a complete formula: it also doubles, and adds the neutral element. */
VECTOR static void add(point *p, const uint32_t *const tables[LANES], const int digits[LANES]) {
    const uint32_t *entry[LANES];
    fe ypx, ymx, t2d;
    v sign;
    for (int n = 0; n < LANES; n++) {
        int d = digits[n];
        sign[n] = d < 0 ? ~0ull : 0;
        entry[n] = tables[n] + ENTRY * (d < 0 ? -d : d);
    }
    for (int i = 0; i < 10; i++) {
        v a, b, c;
        for (int n = 0; n < LANES; n++) {
            a[n] = entry[n][i];
            b[n] = entry[n][10 + i];
            c[n] = entry[n][20 + i];
        }
        ypx.l[i] = (a & ~sign) | (b & sign);
        ymx.l[i] = (b & ~sign) | (a & sign);
        v negative = all(2 * (i ? MASK(i) : MASK(0) - 18)) - c;
        t2d.l[i] = (c & ~sign) | (negative & sign);
    }
    fe less = minus(p->y, p->x), more = plus(p->y, p->x);
    fe a = mul(&less, &ymx), b = mul(&more, &ypx), c = mul(&p->t, &t2d), d = plus(p->z, p->z);
    fe e = minus(b, a), f = carried(minus(d, c)), g = plus(d, c), h = plus(b, a);
    p->x = mul(&e, &f);
    p->y = mul(&g, &h);
    p->t = mul(&e, &h);
    p->z = mul(&f, &g);
}

/* The 32 digits of a scalar below 2^253, from -128 to 127. */
static void recoded(const uint8_t scalar[32], int8_t digits[32]) {
    int carry = 0;
    for (int i = 0; i < 32; i++) {
        int digit = scalar[i] + carry;
        carry = digit > 127;
        digits[i] = (int8_t)(digit - (carry << 8));
    }
}

static const uint8_t ORDER[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                  [31] = 0x10};

static int below_order(const uint8_t s[32]) {
    for (int i = 31; i >= 0; i--)
        if (s[i] != ORDER[i]) return s[i] < ORDER[i];
    return 0;
}

/* 512 bits modulo the order. From the top, each byte times 2^(8i) is replaced by its remainder. */
static void modulo_order(uint8_t r[32], const uint8_t hash[64]) {
    int64_t x[64];
    for (int i = 0; i < 64; i++) x[i] = hash[i];
    for (int i = 63; i >= 32; i--) {
        int64_t carry = 0;
        int j = i - 32;
        for (; j < i - 12; j++) {
            x[j] += carry - 16 * x[i] * ORDER[j - (i - 32)];
            carry = (x[j] + 128) >> 8;
            x[j] -= carry * 256;
        }
        x[j] += carry;
        x[i] = 0;
    }
    int64_t carry = 0;
    for (int j = 0; j < 32; j++) {
        x[j] += carry - (x[31] >> 4) * ORDER[j];
        carry = x[j] >> 8;
        x[j] &= 255;
    }
    for (int j = 0; j < 32; j++) x[j] -= carry * ORDER[j];
    for (int i = 0; i < 32; i++) {
        if (i < 31) x[i + 1] += x[i] >> 8;
        r[i] = (uint8_t)(x[i] & 255);
    }
}

/* One lane in its canonical 255 bits. */
VECTOR static void written(uint8_t out[32], const fe *a, int lane) {
    uint64_t l[10], q = 19;
    for (int i = 0; i < 10; i++) l[i] = a->l[i][lane];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 9; i++) l[i + 1] += l[i] >> BITS(i), l[i] &= MASK(i);
        l[0] += 19 * (l[9] >> 25), l[9] &= MASK(9);
    }
    for (int i = 0; i < 10; i++) q = (l[i] + q) >> BITS(i); /* 1 if the value is p or more */
    l[0] += 19 * q;
    for (int i = 0; i < 9; i++) l[i + 1] += l[i] >> BITS(i), l[i] &= MASK(i);
    l[9] &= MASK(9);
    memset(out, 0, 32);
    for (int i = 0, at = 0; i < 10; at += BITS(i), i++)
        for (int bit = 0; bit < BITS(i); bit += 8 - (at + bit) % 8)
            out[(at + bit) / 8] |= (uint8_t)(l[i] >> bit << (at + bit) % 8);
}

VECTOR static void check_chunk(int count, const uint32_t *base, const uint32_t *const *keys, const uint8_t *signatures,
                               const uint8_t *hashes, uint8_t *verdicts) {
    point points[GROUPS];
    fe before[GROUPS + 1];
    int groups = (count + LANES - 1) / LANES;
    before[0] = (fe){{all(1)}};
    for (int g = 0; g < groups; g++) {
        int8_t digits[2][LANES][32];
        const uint32_t *tables[2][LANES];
        for (int n = 0; n < LANES; n++) {
            int i = LANES * g + n < count ? LANES * g + n : count - 1;
            uint8_t h[32];
            modulo_order(h, hashes + 64 * i);
            verdicts[i] = (uint8_t)below_order(signatures + 64 * i + 32);
            recoded(signatures + 64 * i + 32, digits[0][n]);
            recoded(h, digits[1][n]);
            tables[0][n] = base;
            tables[1][n] = keys[i];
        }
        point p = {.y = {{all(1)}}, .z = {{all(1)}}};
        for (int window = 0; window < 32; window++)
            for (int which = 0; which < 2; which++) {
                int at[LANES];
                for (int n = 0; n < LANES; n++) at[n] = digits[which][n][window];
                add(&p, tables[which], at);
                for (int n = 0; n < LANES; n++) tables[which][n] += WINDOW;
            }
        points[g] = p;
        before[g + 1] = mul(&before[g], &p.z);
    }
    fe rest = inverse(before[groups]);
    for (int g = groups - 1; g >= 0; g--) {
        fe inverted = mul(&rest, &before[g]);
        rest = mul(&rest, &points[g].z);
        fe x = mul(&points[g].x, &inverted), y = mul(&points[g].y, &inverted);
        for (int n = 0; n < LANES && LANES * g + n < count; n++) {
            uint8_t bytes[32], sign[32];
            written(bytes, &y, n);
            written(sign, &x, n);
            bytes[31] |= (uint8_t)(sign[0] << 7);
            verdicts[LANES * g + n] &= memcmp(bytes, signatures + 64 * (LANES * g + n), 32) == 0;
        }
    }
}

/* For each of `count` signatures of 64 bytes: 1 in `verdicts` if it is right for the key of its table and the SHA-512 of
 * R, key and text. */
void check(int count, const uint32_t *base, const uint32_t *const *keys, const uint8_t *signatures, const uint8_t *hashes,
           uint8_t *verdicts) {
    for (int at = 0; at < count; at += CHUNK)
        check_chunk(count - at < CHUNK ? count - at : CHUNK, base, keys + at, signatures + 64 * at, hashes + 64 * at,
                    verdicts + at);
}
