/* SPDX-License-Identifier: Apache-2.0 */
/* graph/graph.h - a network as a list of nodes in execution order, for one batch and size.
 *
 * Building. Builders (ops/<op>.h) take values and return values. The first failure is kept in the
 * graph, every builder after it does nothing and returns IDI_NONE, and idi_graph_status() tells:
 * so a network reads as formulas.
 *
 * Rates. Each input says how often it changes. Weights change never, references (style, identity)
 * once a person, images with every run. A node depends on the union of what its inputs depend on;
 * a session re-runs a node only if something that it depends on was set anew.
 *
 * Kinds. Floating numbers are reals, or wide where what is computed seldom is worth more digits
 * than storage of 16 bits has: weights and what is made of them once. A node's outputs are wide
 * where its inputs are; the two kinds meet in no node's inputs, and only the ops `narrow` and
 * `widen` lead from one to the other. A graph that mixes them (idi_graph_mix) has parameters in
 * wide numbers alone, and reals made of them: what a training in 16 bits is made of.
 *
 * Thread: a graph is built by one thread and is immutable afterwards. */
#ifndef IDI_GRAPH_GRAPH_H
#define IDI_GRAPH_GRAPH_H

#include "core/arena.h"
#include "core/tensor.h"

typedef int32_t idi_value; /* a tensor of the graph */
enum { IDI_NONE = -1 };    /* no value: an optional input that is absent, or a failure */
enum { IDI_MAX_INPUTS = 24, IDI_MAX_OUTPUTS = 4 };

typedef struct idi_graph idi_graph;
typedef struct idi_node idi_node;

typedef enum idi_rate { IDI_RATE_WEIGHT, IDI_RATE_REFERENCE, IDI_RATE_IMAGE } idi_rate;

/* What an op is to the graph. ops/table.c holds one for each line of ops.def. */
typedef struct idi_op_info {
    const char *name;
    int id; /* index into the backends' tables */
    int input_count;
    int output_count;
    /* Appends the nodes that compute the gradients: dout[k] is the gradient of output k (IDI_NONE:
     * zero), din[i] receives that of input i where is_wanted[i]. NULL: has no gradient. */
    void (*gradient)(idi_graph *graph, const idi_node *node, const idi_value *dout,
                     const bool *is_wanted, idi_value *din);
    bool is_view;   /* output 0 is input 0 under another shape: nothing runs */
    bool is_narrow; /* takes wide numbers and gives reals */
    bool is_widen;  /* takes reals and gives wide numbers */
    /* Outputs from this one on are sums over many rows: wide, whatever the inputs are, in a graph
     * that mixes kinds. output_count: none. */
    int first_sum;
    /* Element i of an output depends on the first so many inputs by their element i alone: it may
     * lie in the memory of any of them. */
    int in_place_count;
} idi_op_info;

/* The bit of idi_node.depends that all weights share. */
#define IDI_DEPENDS_WEIGHTS 1ULL

struct idi_node {
    const idi_op_info *op;
    const void *attr; /* the op's own struct, owned by the graph */
    idi_value in[IDI_MAX_INPUTS];
    idi_value out[IDI_MAX_OUTPUTS];
    int input_count;
    int output_count;
    uint64_t depends; /* bit 0 weights, bit 1 images, the others one reference input each */
    int32_t segment;  /* of idi_graph_begin_segment(), from 1; 0: of none */
};

typedef enum idi_role { IDI_ROLE_ACTIVATION, IDI_ROLE_INPUT, IDI_ROLE_PARAMETER } idi_role;

/* How a parameter lies in a PyTorch file, against its place in the graph. */
typedef enum idi_layout {
    IDI_LAYOUT_PLAIN,         /* the same */
    IDI_LAYOUT_TRANSPOSED,    /* file [A, B], graph [B, A] */
    IDI_LAYOUT_CONV,          /* file [O, I, kh, kw], graph [O, kh, kw, I] */
    IDI_LAYOUT_FLATTENED,     /* file [O, I*kh*kw] of flattened maps, graph [O, kh, kw, I] */
    IDI_LAYOUT_FLATTENED_ROW, /* file [I*kh*kw] of a flattened map, graph [1, kh, kw, I] */
    IDI_LAYOUT_POINTWISE,     /* file [O, I, 1, 1], graph [O, I] */
    IDI_LAYOUT_POINTWISE_1D   /* file [O, I, 1], graph [O, I] */
} idi_layout;

typedef struct idi_value_info {
    const char *name; /* parameters and inputs; "" otherwise */
    idi_dtype dtype;  /* IDI_REAL, IDI_WIDE, IDI_U8 or IDI_I32 */
    idi_shape shape;
    idi_role role;
    idi_layout layout;
    int32_t producer;  /* node index; -1 for inputs and parameters */
    idi_value storage; /* whose memory it lies in: itself, or a view's source */
    uint64_t depends;
    bool is_output;
    idi_value assigned; /* parameters: what takes its place in a run; IDI_NONE */
    idi_value narrowed; /* parameters of a graph that mixes: the reals made of it; IDI_NONE */
} idi_value_info;

IDI_NODISCARD idi_status idi_graph_create(idi_memory *memory, idi_graph **graph_out);
void idi_graph_destroy(idi_graph **graph);

/* The first failure since creation, its sentence restored as this thread's last error. */
IDI_NODISCARD idi_status idi_graph_status(const idi_graph *graph);
bool idi_graph_has_failed(const idi_graph *graph);
/* Records a builder's failure; returns IDI_NONE. */
idi_value idi_graph_fail(idi_graph *graph, idi_status status);
/* A builder's IDI_REQUIRE. */
#define IDI_GRAPH_REQUIRE(graph, condition, ...)                                                   \
    do {                                                                                           \
        if (!(condition)) return idi_graph_fail((graph), idi_fail(IDI_ERR_SHAPE, __VA_ARGS__));    \
    } while (0)

/* Shapes have rank 1 to 4, dimensions from 1 and at most 2^40 elements; others are a failure
 * (IDI_ERR_SHAPE), for inputs, parameters and what nodes make alike.
 *
 * Names are copied. The names of inputs are unique, those of parameters too. Asking for a
 * parameter again gives the same value; another shape than before is a failure. */
idi_value idi_graph_input(idi_graph *graph, const char *name, idi_dtype dtype, idi_shape shape,
                          idi_rate rate);
idi_value idi_graph_parameter(idi_graph *graph, const char *name, idi_layout layout,
                              idi_shape shape);
/* The same with a name put together as by printf. */
idi_value idi_graph_parameter_f(idi_graph *graph, idi_layout layout, idi_shape shape,
                                const char *format, ...) IDI_PRINTF(4, 5);
/* The same of a kind, IDI_REAL (as the two above) or IDI_WIDE. A parameter may be asked for in both
 * kinds: they are two values of one name. */
idi_value idi_graph_parameter_of_kind(idi_graph *graph, idi_dtype kind, idi_layout layout,
                                      idi_shape shape, const char *format, ...) IDI_PRINTF(5, 6);
/* From here on parameters' names stand behind `scope` ("recogniser."), until it is popped: so two
 * networks of one kind are in one graph and share nothing. Everybody else (sources of parameters,
 * stores, files) sees the whole name, "recogniser.conv1.weight". Up to 8 scopes nest, the outer
 * name first; the same scope pushed again gives the same parameters. Names of inputs do not change.
 * A failure (IDI_ERR_ARG): one scope more, a pop without a push, 256 characters together. */
void idi_graph_push_scope(idi_graph *graph, const char *scope);
void idi_graph_pop_scope(idi_graph *graph);
/* How a graph gets from one kind of numbers to the other: ops/narrow.h, ops/widen.h. */
typedef idi_value (*idi_kind_function)(idi_graph *graph, idi_value x);
/* Mixed precision. From here on every parameter is wide, and who asks for it in reals gets the one
 * value that `narrow` makes of it; of what is changed (idi_graph_assign) the wide numbers are
 * meant, and asked for. Sums over many rows are wide (idi_op_info.first_sum). On the way back a
 * gradient is of its value's kind, but what comes for narrowed numbers is added up in wide ones. To
 * be called before the first parameter; ops.h has idi_mix(). */
void idi_graph_mix(idi_graph *graph, idi_kind_function narrow, idi_kind_function widen);
bool idi_graph_is_mixed(const idi_graph *graph);
/* What a graph keeps its most exact numbers in: IDI_WIDE where it mixes, IDI_REAL elsewhere. */
idi_dtype idi_graph_exact_kind(const idi_graph *graph);
/* The value as that kind: itself, or made by the function given to idi_graph_mix(). */
idi_value idi_graph_as_kind(idi_graph *graph, idi_value value, idi_dtype kind);

/* Gradient checkpointing. Nodes appended from begin to end are a segment. In a graph that was told
 * to recompute segments, idi_graph_backward() appends a copy of one in front of its gradient nodes,
 * which read the copy: what the segment makes on the way, and nobody else reads, needs memory while
 * the segment itself is worked on, not from the way there until the way back. To the bit the same
 * gradients. Elsewhere a segment is nothing. Segments do not nest: one that begins ends the one
 * before. */
void idi_graph_recompute_segments(idi_graph *graph);
void idi_graph_begin_segment(idi_graph *graph);
void idi_graph_end_segment(idi_graph *graph);
/* Keeps a value readable after a run. */
void idi_graph_mark_output(idi_graph *graph, idi_value value);

/* A run makes `value` in the memory of the parameter `target`, which has changed when the run is
 * done: what a step of training does to its weights. Nothing is copied. Returns `value`.
 * A failure (IDI_ERR_ARG) unless both are of one kind, nothing has asked for the target in the
 * other, `value` is a node's own output of the target's shape, the node reads the target only where
 * its op may work in place (idi_op_info.in_place_count), and all other readers of the target stand
 * before it; none can be added afterwards. A parameter is assigned at most once. */
idi_value idi_graph_assign(idi_graph *graph, idi_value target, idi_value value);

/* For builders: appends a node whose outputs have the given shapes, and returns the first output.
 * They are of the inputs' kind, but for sums (idi_graph_mix); inputs of both kinds are a failure
 * (IDI_ERR_SHAPE). `attr` is copied. Unwanted outputs have rank 0. */
idi_value idi_graph_node(idi_graph *graph, const idi_op_info *op, const void *attr,
                         size_t attr_bytes, const idi_value *inputs, int input_count,
                         const idi_shape *output_shapes, int output_count);

/* Appends node `index` once more, on other inputs of the same shapes; its first output. */
idi_value idi_graph_repeat_node(idi_graph *graph, int32_t index, const idi_value *inputs);

int32_t idi_graph_node_count(const idi_graph *graph);
int32_t idi_graph_value_count(const idi_graph *graph);
const idi_node *idi_graph_get_node(const idi_graph *graph, int32_t index);
/* `value` must be valid; the pointer is good until the next value is added. */
const idi_value_info *idi_graph_get_value(const idi_graph *graph, idi_value value);
/* Shape of a value; rank 0 for IDI_NONE and in a failed graph. */
idi_shape idi_graph_shape(const idi_graph *graph, idi_value value);
/* Dtype of a value; IDI_REAL for IDI_NONE and in a failed graph. */
idi_dtype idi_graph_dtype(const idi_graph *graph, idi_value value);
/* Input by name, or IDI_NONE. */
idi_value idi_graph_find_input(const idi_graph *graph, const char *name);
/* The other outputs of the node that produced `first`. */
idi_value idi_graph_sibling(const idi_graph *graph, idi_value first, int index);
idi_memory *idi_graph_memory(const idi_graph *graph);

/* Appends gradient nodes: of sum(y*dy) with respect to each wrt[i], into gradients_out[i]
 * (IDI_NONE where y does not depend on it). `add` joins two contributions. */
IDI_NODISCARD idi_status idi_graph_backward(idi_graph *graph, idi_value y, idi_value dy,
                                            const idi_value *wrt, int count,
                                            idi_value (*add)(idi_graph *, idi_value, idi_value),
                                            idi_value *gradients_out);

#endif
