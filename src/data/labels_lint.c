/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels_lint.c - is this map really in the class order that its user says?
 *
 * Both known orders agree on background, skin and the eyes. The eyes span a frame: u runs along
 * the line through them, v down the face, the unit is the distance between them. In it every
 * other part has a place (rules below), which is checked under each scheme's names. A verdict
 * against the declared scheme needs several parts out of place and another scheme that fits. */
#include "data/labels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CLASSES = 32, NEVER = 1000 };

/* Sums over the pixels of one label. */
typedef struct region {
    double count, x, y, xx, xy, yy;
} region;

typedef struct frame {
    double x, y;   /* origin: midway between the eyes, in pixels */
    double ux, uy; /* unit vector along the eyes, to the image's right */
    double unit;   /* distance between the eyes, in pixels */
} frame;

/* A region seen in the frame. */
typedef struct place {
    double u, v;    /* centroid */
    double v_top;   /* its upper edge: centroid less 1.5 standard deviations along v */
    double area;    /* in squared units */
    double stretch; /* standard deviation of the long over the short axis */
} place;

/* Where a part lies on an upright face, with margins for expression, turn and drawing style. */
typedef struct rule {
    const char *part;
    double u_min, u_max; /* of |u|: distance from the middle line */
    double v_min, v_max;
    double top_min, top_max;
    double area_max, stretch_max;
} rule;

static const rule rules[] = {
    {"nose", 0, 0.5, 0.1, 1.1, -NEVER, NEVER, 1.5, 3.5},
    {"eye_g", 0, 0.25, -0.4, 0.4, -NEVER, NEVER, 4, NEVER},
    {"l_brow", 0.12, 1.2, -1.2, -0.05, -NEVER, NEVER, 0.8, NEVER},
    {"r_brow", 0.12, 1.2, -1.2, -0.05, -NEVER, NEVER, 0.8, NEVER},
    {"l_ear", 0.75, NEVER, -1, 2, -NEVER, NEVER, 2, NEVER},
    {"r_ear", 0.75, NEVER, -1, 2, -NEVER, NEVER, 2, NEVER},
    {"ear_r", 0.6, NEVER, -0.5, 3, -NEVER, NEVER, 2, NEVER},
    {"mouth", 0, 0.6, 0.5, 2, -NEVER, NEVER, 1, NEVER},
    {"u_lip", 0, 0.6, 0.5, 2, -NEVER, NEVER, 1, NEVER},
    {"l_lip", 0, 0.6, 0.5, 2, -NEVER, NEVER, 1, NEVER},
    {"hair", 0, NEVER, -NEVER, 3, -NEVER, 0.3, NEVER, NEVER},
    {"hat", 0, NEVER, -NEVER, 0.3, -NEVER, -0.3, NEVER, NEVER},
    {"neck_l", 0, NEVER, 1.2, NEVER, 0.9, NEVER, NEVER, NEVER},
    {"neck", 0, NEVER, 0.9, NEVER, -0.2, NEVER, NEVER, NEVER},
    {"cloth", 0, NEVER, 1.2, NEVER, -0.2, NEVER, NEVER, NEVER},
};
enum { RULES = (int)(sizeof rules / sizeof rules[0]) };

static void measure(const idi_label_map *map, region regions[MAX_CLASSES])
{
    memset(regions, 0, MAX_CLASSES * sizeof *regions);
    for (int64_t row = 0; row < map->height; row++) {
        for (int64_t column = 0; column < map->width; column++) {
            region *r = &regions[map->labels[row * map->width + column]];
            const double x = (double)column, y = (double)row;
            r->count += 1;
            r->x += x;
            r->y += y;
            r->xx += x * x;
            r->xy += x * y;
            r->yy += y * y;
        }
    }
}

/* Specks are drawing errors, not parts. */
static bool is_present(const region *r, const idi_label_map *map)
{
    return r->count >= 4 && r->count >= 1e-4 * (double)map->width * (double)map->height;
}

static bool find_frame(const idi_label_map *map, const region *regions,
                       const idi_label_scheme *scheme, frame *out)
{
    const int left = idi_label_scheme_class(scheme, "l_eye");
    const int right = idi_label_scheme_class(scheme, "r_eye");
    if (left < 0 || right < 0) return false;
    const region *a = &regions[left], *b = &regions[right];
    if (!is_present(a, map) || !is_present(b, map)) return false;
    const double ax = a->x / a->count, ay = a->y / a->count;
    const double bx = b->x / b->count, by = b->y / b->count;
    const double dx = ax < bx ? bx - ax : ax - bx, dy = ax < bx ? by - ay : ay - by;
    const double unit = sqrt(dx * dx + dy * dy);
    if (unit < 3) return false;
    *out = (frame){(ax + bx) / 2, (ay + by) / 2, dx / unit, dy / unit, unit};
    return true;
}

static place locate(const region *r, const frame *f)
{
    const double n = r->count, mx = r->x / n, my = r->y / n;
    const double xx = fmax(0, r->xx / n - mx * mx), yy = fmax(0, r->yy / n - my * my);
    const double xy = r->xy / n - mx * my;
    const double along_v = f->uy * f->uy * xx - 2 * f->ux * f->uy * xy + f->ux * f->ux * yy;
    const double half_sum = (xx + yy) / 2;
    const double root = sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);
    /* A twelfth: the variance of a pixel itself, so that thin regions do not divide by zero. */
    const double longest = half_sum + root + 1.0 / 12,
                 shortest = fmax(0, half_sum - root) + 1.0 / 12;
    place p;
    p.u = ((mx - f->x) * f->ux + (my - f->y) * f->uy) / f->unit;
    p.v = (-(mx - f->x) * f->uy + (my - f->y) * f->ux) / f->unit;
    p.v_top = p.v - 1.5 * sqrt(fmax(0, along_v)) / f->unit;
    p.area = n / (f->unit * f->unit);
    p.stretch = sqrt(longest / shortest);
    return p;
}

static bool obeys(const place *p, const rule *r)
{
    return fabs(p->u) >= r->u_min && fabs(p->u) <= r->u_max && p->v >= r->v_min &&
           p->v <= r->v_max && p->v_top >= r->top_min && p->v_top <= r->top_max &&
           p->area <= r->area_max && p->stretch <= r->stretch_max;
}

typedef struct score {
    int kept, broken;
    int witness[2]; /* labels of the first broken rules */
} score;

static score judge(const idi_label_map *map, const region *regions, const frame *f,
                   const idi_label_scheme *scheme)
{
    score s = {0};
    for (int i = 0; i < RULES; i++) {
        const int label = idi_label_scheme_class(scheme, rules[i].part);
        if (label < 0 || !is_present(&regions[label], map)) continue;
        const place p = locate(&regions[label], f);
        if (obeys(&p, &rules[i])) {
            s.kept++;
        } else {
            if (s.broken < 2) s.witness[s.broken] = label;
            s.broken++;
        }
    }
    return s;
}

static void conclude(const idi_label_scheme *declared, const score *own,
                     const idi_label_scheme *rival, const score *other, idi_lint_finding *out)
{
    const int margin = (other->kept - other->broken) - (own->kept - own->broken);
    if (rival && own->broken >= 2 && other->kept >= 4 && other->broken * 4 <= other->kept &&
        margin >= 4) {
        const int a = own->witness[0], b = own->witness[1];
        out->verdict = IDI_LINT_WRONG_ORDER;
        out->looks_like = rival;
        (void)snprintf(out->text, sizeof out->text,
                       "this map is in the %s order, not %s: label %d (%s in %s) lies where %s has "
                       "%s, label %d (%s) where it has %s; name the scheme %s, or remap the map",
                       rival->name, declared->name, a, declared->class_names[a], declared->name,
                       rival->name, rival->class_names[a], b, declared->class_names[b],
                       rival->class_names[b], rival->name);
    } else if (own->kept >= 3 && own->broken * 3 <= own->kept) {
        out->verdict = IDI_LINT_FITS;
        (void)snprintf(out->text, sizeof out->text,
                       "the parts lie where scheme %s has them (%d of %d)", declared->name,
                       own->kept, own->kept + own->broken);
    } else {
        out->verdict = IDI_LINT_UNSURE;
        (void)snprintf(out->text, sizeof out->text,
                       "cannot tell the class order: %d of %d parts lie where scheme %s has them, "
                       "and no other scheme fits well; is this an upright face?",
                       own->kept, own->kept + own->broken, declared->name);
    }
}

idi_status idi_labels_lint(const idi_label_map *map, const idi_label_scheme *scheme,
                           idi_lint_finding *finding_out)
{
    region regions[MAX_CLASSES];
    frame f;
    *finding_out = (idi_lint_finding){.verdict = IDI_LINT_UNSURE};
    IDI_ENSURE(scheme->class_count <= MAX_CLASSES);
    IDI_TRY(idi_labels_check(map, scheme));
    measure(map, regions);
    if (!find_frame(map, regions, scheme, &f)) {
        (void)snprintf(finding_out->text, sizeof finding_out->text,
                       "cannot tell the class order: the map does not show both eyes");
        return IDI_OK;
    }
    const score own = judge(map, regions, &f, scheme);
    const idi_label_scheme *rival = NULL;
    score best = {0};
    for (int i = 0; i < idi_label_scheme_count(); i++) {
        const idi_label_scheme *candidate = idi_label_scheme_at(i);
        if (candidate == scheme || candidate->class_count != scheme->class_count) continue;
        const score s = judge(map, regions, &f, candidate);
        if (rival && s.kept - s.broken <= best.kept - best.broken) continue;
        rival = candidate;
        best = s;
    }
    conclude(scheme, &own, rival, &best, finding_out);
    return IDI_OK;
}
