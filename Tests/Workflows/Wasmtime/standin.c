/* A stand-in for libwasmtime in tests: the functions of its C API (version 44) that slungd uses, with the structures of
 * the real headers, over a small interpreter of the instructions that test guests use. Every object is counted, and one
 * that is deleted twice, or used when it is gone, is a fault that tests read. OMIT_MARKER leaves out what version 44
 * brought, OMIT_TRACE one function more; WIDE_VALUES has other structures, as another version might. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))

/* ---- the header's structures ---- */

typedef struct { size_t size; char *data; } wasm_byte_vec_t;
typedef struct { uint64_t store_id; void *private; } wasmtime_func_t;
typedef struct { struct { uint64_t store_id; uint32_t private1; }; void *private2; } wasmtime_memory_t;
typedef struct { uint64_t store_id; size_t private; } wasmtime_instance_t;
typedef struct {
  uint8_t kind;
#ifdef WIDE_VALUES
  uint64_t other;
#endif
  union {
    int32_t i32; int64_t i64; float f32; double f64; uint8_t v128[16];
    struct { uint64_t store_id; uint32_t a, b; void *c; } ref;
  } of;
} wasmtime_val_t;
typedef struct { uint8_t kind; union { wasmtime_func_t func; wasmtime_memory_t memory; } of; } wasmtime_extern_t;

_Static_assert(sizeof(wasm_byte_vec_t) == 16, "vec");
_Static_assert(sizeof(wasmtime_func_t) == 16, "func");
_Static_assert(sizeof(wasmtime_memory_t) == 24, "memory");
_Static_assert(sizeof(wasmtime_instance_t) == 16, "instance");
_Static_assert(sizeof(wasmtime_extern_t) == 32 && offsetof(wasmtime_extern_t, of) == 8, "extern");
#ifndef WIDE_VALUES
_Static_assert(sizeof(wasmtime_val_t) == 32 && offsetof(wasmtime_val_t, of) == 8, "val");
#endif

/* ---- objects ---- */

enum { CONFIG = 1, ENGINE, MODULE, STORE, LINKER, VALTYPE, FUNCTYPE, TRAP, ERROR, FRAME, HOST, CALLER };

typedef struct { int kind; bool alive; } object;

static int alive, made;
static char fault[200];

static void blame(const char *what, int kind) {
  if (!fault[0]) snprintf(fault, sizeof fault, "%s: object of kind %d", what, kind);
}

static void *make(int kind, size_t size) {
  object *o = calloc(1, size);
  o->kind = kind;
  o->alive = true;
  __atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&made, 1, __ATOMIC_SEQ_CST);
  return o;
}

/* Each use of an object goes through here. */
static void *see(void *pointer, int kind) {
  object *o = pointer;
  if (!o || o->kind != kind || !o->alive) blame("used when it is gone or not what it should be", kind);
  return pointer;
}

/* The memory stays, so that a second deletion is seen and does no harm. */
static void end(void *pointer, int kind) {
  object *o = see(pointer, kind);
  if (!o->alive) return;
  o->alive = false;
  __atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST);
}

API int standin_alive(void) { return alive; }
API int standin_made(void) { return made; }
API const char *standin_fault(void) { return fault; }

typedef struct { object o; bool epochs, signals, settled; uint64_t guard; size_t stack; } config;
typedef struct { object o; config config; uint64_t epoch; int stores; } engine;
typedef struct { object o; uint8_t kind; } valtype;
typedef struct { uint8_t params[16], results[4]; int nparams, nresults; } signature;
typedef struct { object o; signature type; } functype;
typedef struct { int function; size_t offset; } place;
typedef struct { object o; place at; } frame;
typedef struct { size_t size; frame **data; } frames;
/* A trap or an error. */
typedef struct { object o; int code; char text[120]; place at[200]; int frames; } ending;

typedef struct { char module[64], name[64]; int type; } import;
typedef struct { char name[64]; uint8_t kind; int index; } export;
typedef struct {
  object o;
  int uses;
  uint8_t *bytes;
  size_t size;
  signature types[64];
  import imports[32];
  export exports[32];
  int functions[64], nfunctions, nimports, nexports, nglobals, ndata, start;
  size_t bodies[64], ends[64];
  uint64_t globals[16];
  bool has_memory;
  uint32_t min, max;
  struct { uint32_t at, size; size_t from; } data[32];
} module;

typedef struct caller caller;
typedef ending *(*callback)(void *, caller *, const wasmtime_val_t *, size_t, wasmtime_val_t *, size_t);
typedef struct {
  object o;
  int uses;
  char module[64], name[64];
  signature type;
  callback call;
  void *data;
  void (*drop)(void *);
} host;
typedef struct { object o; engine *engine; host *hosts[32]; int count; } linker;
typedef ending *(*deadline_callback)(void *, void *, uint64_t *, uint8_t *);
typedef struct store {
  object o;
  engine *engine;
  int64_t limit;
  uint64_t deadline;
  deadline_callback ask;
  void *asked;
  module *module;
  host *hosts[32];
  uint8_t *memory;
  size_t size;
  uint64_t globals[16], stack[20000];
  int top, depth;
  place frames[2000];
  ending *pending; /* how a run ends */
} store;
struct caller { object o; store *store; };

/* ---- reading modules, which slungd has validated ---- */

static uint64_t leb(const uint8_t *b, size_t *at, bool is_signed) {
  uint64_t value = 0;
  int shift = 0;
  uint8_t byte;
  do {
    byte = b[(*at)++];
    value |= (uint64_t)(byte & 0x7F) << shift;
    shift += 7;
  } while (byte & 0x80);
  if (is_signed && shift < 64 && (byte & 0x40)) value |= ~0ull << shift;
  return value;
}

static void name(const uint8_t *b, size_t *at, char *to) {
  size_t length = leb(b, at, false);
  snprintf(to, 64, "%.*s", (int)length, b + *at);
  *at += length;
}

static void limits(const uint8_t *b, size_t *at, uint32_t *min, uint32_t *max) {
  bool has_max = b[(*at)++] & 1;
  *min = leb(b, at, false);
  *max = has_max ? leb(b, at, false) : 65536;
}

static uint64_t constant(const uint8_t *b, size_t *at) {
  bool is_i32 = b[(*at)++] == 0x41;
  uint64_t value = leb(b, at, true);
  (*at)++;
  return is_i32 ? (uint32_t)value : value;
}

static void section(module *m, int id, size_t at, size_t stop) {
  const uint8_t *b = m->bytes;
  size_t count = id == 8 ? 1 : leb(b, &at, false);
  uint32_t ignored;
  if (id == 8) m->start = leb(b, &at, false);
  for (size_t i = 0; i < count && at < stop; i++) {
    if (id == 1) {
      signature *t = &m->types[i];
      at++;
      t->nparams = leb(b, &at, false);
      for (int k = 0; k < t->nparams; k++) t->params[k] = 0x7F - b[at++];
      t->nresults = leb(b, &at, false);
      for (int k = 0; k < t->nresults; k++) t->results[k] = 0x7F - b[at++];
    } else if (id == 2) {
      import *f = &m->imports[m->nimports++];
      name(b, &at, f->module);
      name(b, &at, f->name);
      at++;
      f->type = m->functions[m->nfunctions++] = leb(b, &at, false);
    } else if (id == 3) m->functions[m->nfunctions++] = leb(b, &at, false);
    else if (id == 4) at++, limits(b, &at, &ignored, &ignored);
    else if (id == 5) m->has_memory = true, limits(b, &at, &m->min, &m->max);
    else if (id == 6) at += 2, m->globals[m->nglobals++] = constant(b, &at);
    else if (id == 7) {
      export *e = &m->exports[m->nexports++];
      name(b, &at, e->name);
      e->kind = b[at++];
      e->index = leb(b, &at, false);
    } else if (id == 10) {
      size_t size = leb(b, &at, false);
      m->bodies[m->nimports + i] = at;
      at += size;
      m->ends[m->nimports + i] = at;
    } else if (id == 11) {
      at++;
      m->data[m->ndata].at = constant(b, &at);
      m->data[m->ndata].size = leb(b, &at, false);
      m->data[m->ndata].from = at;
      at += m->data[m->ndata++].size;
    }
  }
}

static ending *ended(int kind, int code, const char *text) {
  ending *e = make(kind, sizeof(ending));
  e->code = code;
  snprintf(e->text, sizeof e->text, "%s", text);
  return e;
}

API ending *wasmtime_module_new(engine *g, const uint8_t *bytes, size_t size, module **ret) {
  see(g, ENGINE);
  module *m = make(MODULE, sizeof(module));
  m->uses = 1;
  m->bytes = memcpy(malloc(size), bytes, size);
  m->size = size;
  m->start = -1;
  for (size_t at = 8; at < size;) {
    int id = m->bytes[at++];
    size_t length = leb(m->bytes, &at, false);
    section(m, id, at, at + length);
    at += length;
  }
  for (int i = 0; i < m->nexports; i++) {
    if (strcmp(m->exports[i].name, "refuse")) continue;
    end(m, MODULE);
    return ended(ERROR, -1, "the compiler gives up");
  }
  *ret = m;
  return NULL;
}

API void wasmtime_module_delete(module *m) { end(m, MODULE); }

/* ---- running ---- */

static void trap(store *s, int code, const char *text) {
  s->pending = ended(TRAP, code, text);
}

static size_t skip(const uint8_t *b, size_t at) { /* behind the instruction at this place */
  uint8_t op = b[at++];
  if (op == 0x43) return at + 4;
  if (op == 0x44) return at + 8;
  if (op == 0x3F || op == 0x40) return at + 1;
  int count = op >= 0x28 && op <= 0x3E ? 2 : (op >= 0x02 && op <= 0x04) || op == 0x0C || op == 0x0D || op == 0x10 ||
    (op >= 0x20 && op <= 0x24) || op == 0x41 || op == 0x42;
  while (count--) leb(b, &at, true);
  return at;
}

/* The place of the `end` of a block whose first instruction is at this place, or of its `else` if there is one. */
static size_t match(const uint8_t *b, size_t at, bool else_too) {
  for (int depth = 0;; at = skip(b, at)) {
    if (b[at] >= 0x02 && b[at] <= 0x04) depth++;
    else if (b[at] == 0x05 && depth == 0 && else_too) return at;
    else if (b[at] == 0x0B && depth-- == 0) return at;
  }
}

static void check_epoch(store *s) {
  uint64_t now = __atomic_load_n(&s->engine->epoch, __ATOMIC_SEQ_CST);
  if (now < s->deadline) return;
  if (!s->ask) {
    trap(s, 10, "wasm trap: interrupt");
    return;
  }
  uint64_t delta = 0;
  uint8_t kind = 0;
  s->pending = s->ask(s, s->asked, &delta, &kind);
  if (!s->pending) s->deadline = __atomic_load_n(&s->engine->epoch, __ATOMIC_SEQ_CST) + delta;
}

static uint64_t bits_of(const wasmtime_val_t *v) {
  uint64_t bits;
  memcpy(&bits, &v->of, 8);
  return v->kind == 0 || v->kind == 2 ? (uint32_t)bits : bits;
}

static wasmtime_val_t value(uint8_t kind, uint64_t bits) {
  wasmtime_val_t v;
  memset(&v, 0xEE, sizeof v); /* what is not used is not zero */
  v.kind = kind;
  memcpy(&v.of, &bits, kind == 0 || kind == 2 ? 4 : 8);
  return v;
}

static void call_host(store *s, int index) {
  host *h = see(s->hosts[index], HOST);
  wasmtime_val_t arguments[16], results[4];
  s->top -= h->type.nparams;
  for (int i = 0; i < h->type.nparams; i++) arguments[i] = value(h->type.params[i], s->stack[s->top + i]);
  for (int i = 0; i < h->type.nresults; i++) results[i] = value(0, 0);
  caller *c = make(CALLER, sizeof(caller));
  c->store = s;
  ending *e = h->call(h->data, c, arguments, h->type.nparams, results, h->type.nresults);
  end(c, CALLER);
  if (e) { /* the library keeps the message and adds the guest's frames: an error, not a trap */
    s->pending = ended(ERROR, -1, see(e, TRAP) ? e->text : "");
    end(e, TRAP);
    return;
  }
  for (int i = 0; i < h->type.nresults; i++) {
    if (results[i].kind != h->type.results[i]) blame("a result of another type", HOST);
    s->stack[s->top++] = bits_of(&results[i]);
  }
}

static uint8_t *reach(store *s, uint32_t at, uint64_t offset, int size) {
  if (at + offset + size <= s->size) return s->memory + at + offset;
  trap(s, 1, "wasm trap: out of bounds memory access");
  return NULL;
}

/* The guest's memory always moves, and what it leaves is not readable as what it was. */
static int32_t grow(store *s, uint32_t pages) {
  uint64_t before = s->size / 65536, size = (before + pages) * 65536;
  if (before + pages > s->module->max || (s->limit >= 0 && size > (uint64_t)s->limit)) return -1;
  uint8_t *larger = calloc(1, size + 1);
  if (s->memory) memcpy(larger, s->memory, s->size), memset(s->memory, 0xDD, s->size), free(s->memory);
  s->memory = larger;
  s->size = size;
  return before;
}

static void access_memory(store *s, const uint8_t *b, size_t *at, uint8_t op) {
  leb(b, at, false);
  uint64_t offset = leb(b, at, false), bits = 0;
  int size = op == 0x29 || op == 0x37 ? 8 : op == 0x2D || op == 0x3A ? 1 : 4;
  bool is_store = op >= 0x36;
  if (is_store) bits = s->stack[--s->top];
  uint8_t *place = reach(s, (uint32_t)s->stack[--s->top], offset, size);
  if (!place) return;
  if (is_store) memcpy(place, &bits, size);
  else memcpy(&bits, place, size), s->stack[s->top++] = bits;
}

static uint64_t compute(store *s, uint8_t op, uint64_t x, uint64_t y) {
  uint32_t a = x, b = y;
  switch (op) {
    case 0x46: return a == b;
    case 0x47: return a != b;
    case 0x48: return (int32_t)a < (int32_t)b;
    case 0x49: return a < b;
    case 0x4A: return (int32_t)a > (int32_t)b;
    case 0x4B: return a > b;
    case 0x4C: return (int32_t)a <= (int32_t)b;
    case 0x4D: return a <= b;
    case 0x4E: return (int32_t)a >= (int32_t)b;
    case 0x4F: return a >= b;
    case 0x6A: return (uint32_t)(a + b);
    case 0x6B: return (uint32_t)(a - b);
    case 0x6C: return (uint32_t)(a * b);
    case 0x6D:
      if (b == 0) trap(s, 7, "wasm trap: integer divide by zero");
      else if (a == 0x80000000u && b == ~0u) trap(s, 6, "wasm trap: integer overflow");
      return s->pending ? 0 : (uint32_t)((int32_t)a / (int32_t)b);
    case 0x71: return a & b;
    case 0x72: return a | b;
    case 0x7C: return x + y;
    case 0x7D: return x - y;
    default:
      trap(s, -1, "the stand-in lacks an instruction");
      return 0;
  }
}

typedef struct { size_t again, behind; int height, arity; bool is_loop; } label;

static void run(store *s, int function);

static void execute(store *s, int function, int base) {
  module *m = s->module;
  const uint8_t *b = m->bytes;
  size_t at = m->bodies[function];
  const signature *type = &m->types[m->functions[function]];
  label labels[64];
  int depth = 0;
  for (uint64_t groups = leb(b, &at, false); groups; groups--) {
    uint64_t locals = leb(b, &at, false);
    at++;
    while (locals--) s->stack[s->top++] = 0;
  }
  labels[0] = (label){0, m->ends[function], base, type->nresults, false};
  while (at < m->ends[function] && !s->pending) {
    s->frames[s->depth - 1].offset = at;
    uint8_t op = b[at++];
    if (op == 0x00) trap(s, 9, "wasm trap: wasm `unreachable` instruction executed");
    else if (op == 0x01) continue;
    else if (op >= 0x02 && op <= 0x04) {
      int64_t kind = (int64_t)leb(b, &at, true);
      int arity = kind >= 0 ? m->types[kind].nresults : kind != -64;
      size_t stop = match(b, at, false), other = op == 0x04 ? match(b, at, true) : stop;
      bool taken = op != 0x04 || (uint32_t)s->stack[--s->top];
      labels[++depth] = (label){at, stop + 1, s->top, op == 0x03 ? 0 : arity, op == 0x03};
      if (!taken) {
        if (other == stop) depth--;
        at = other + 1;
      }
    } else if (op == 0x05) at = labels[depth--].behind;
    else if (op == 0x0B) depth--;
    else if (op == 0x0C || op == 0x0D || op == 0x0F) {
      int up = op == 0x0F ? depth : (int)leb(b, &at, false);
      if (op == 0x0D && !(uint32_t)s->stack[--s->top]) continue;
      depth -= up;
      label *to = &labels[depth];
      memmove(s->stack + to->height, s->stack + s->top - to->arity, to->arity * sizeof(uint64_t));
      s->top = to->height + to->arity;
      at = to->is_loop ? to->again : to->behind;
      if (to->is_loop) check_epoch(s);
      else if (depth == 0) return;
      else depth--;
    } else if (op == 0x10) run(s, leb(b, &at, false));
    else if (op == 0x1A) s->top--;
    else if (op == 0x20) s->stack[s->top] = s->stack[base + leb(b, &at, false)], s->top++;
    else if (op == 0x21) s->stack[base + leb(b, &at, false)] = s->stack[s->top - 1], s->top--;
    else if (op == 0x22) s->stack[base + leb(b, &at, false)] = s->stack[s->top - 1];
    else if (op == 0x23) s->stack[s->top++] = s->globals[leb(b, &at, false)];
    else if (op == 0x24) s->globals[leb(b, &at, false)] = s->stack[--s->top];
    else if (op >= 0x28 && op <= 0x3E) access_memory(s, b, &at, op);
    else if (op == 0x3F) at++, s->stack[s->top++] = s->size / 65536;
    else if (op == 0x40) at++, s->stack[s->top - 1] = (uint32_t)grow(s, s->stack[s->top - 1]);
    else if (op == 0x41) s->stack[s->top++] = (uint32_t)leb(b, &at, true);
    else if (op == 0x42) s->stack[s->top++] = leb(b, &at, true);
    else if (op == 0x43) s->stack[s->top] = 0, memcpy(s->stack + s->top++, b + at, 4), at += 4;
    else if (op == 0x44) memcpy(s->stack + s->top++, b + at, 8), at += 8;
    else if (op == 0x45) s->stack[s->top - 1] = (uint32_t)s->stack[s->top - 1] == 0;
    else if (op == 0xA7 || op == 0xAD) s->stack[s->top - 1] = (uint32_t)s->stack[s->top - 1];
    else if (op == 0xAA) {
      double d;
      memcpy(&d, s->stack + s->top - 1, 8);
      if (d != d) trap(s, 8, "wasm trap: invalid conversion to integer");
      else s->stack[s->top - 1] = (uint32_t)(int32_t)d;
    } else s->top--, s->stack[s->top - 1] = compute(s, op, s->stack[s->top - 1], s->stack[s->top]);
  }
}

/* Calls a function with its arguments on top of the stack. */
static void run(store *s, int function) {
  const signature *type = &s->module->types[s->module->functions[function]];
  if (function < s->module->nimports) call_host(s, function);
  else if (s->depth >= (int)(s->engine->config.stack / 4096)) trap(s, 0, "wasm trap: call stack exhausted");
  else {
    int base = s->top - type->nparams;
    s->frames[s->depth] = (place){function, s->module->bodies[function]};
    s->depth++;
    check_epoch(s);
    if (!s->pending) execute(s, function, base);
    if (!s->pending) {
      memmove(s->stack + base, s->stack + s->top - type->nresults, type->nresults * sizeof(uint64_t));
      s->top = base + type->nresults;
    }
    if (s->pending && s->pending->frames == 0) /* all of them, also those below a host's call */
      for (int i = s->depth - 1; i >= 0 && s->pending->frames < 200; i--)
        s->pending->at[s->pending->frames++] = s->frames[i];
    s->depth--;
  }
}

/* ---- the API ---- */

API config *wasm_config_new(void) { return make(CONFIG, sizeof(config)); }
API void wasmtime_config_epoch_interruption_set(config *c, bool on) { c->epochs = on; }
API void wasmtime_config_signals_based_traps_set(config *c, bool on) { c->signals = on, c->settled = true; }
API void wasmtime_config_parallel_compilation_set(config *c, bool on) { (void)c, (void)on; }
API void wasmtime_config_max_wasm_stack_set(config *c, size_t bytes) { c->stack = bytes; }
API void wasmtime_config_memory_guard_size_set(config *c, uint64_t bytes) { c->guard = bytes; }
#ifndef OMIT_MARKER
API void wasmtime_config_concurrency_support_set(config *c, bool on) { (void)c, (void)on; }
#endif

API engine *wasm_engine_new_with_config(config *c) {
  if (!c->epochs || c->signals || !c->settled || c->guard) blame("a setting is missing", CONFIG);
  engine *g = make(ENGINE, sizeof(engine));
  g->config = *c;
  end(c, CONFIG);
  return g;
}

API void wasm_engine_delete(engine *g) {
  if (g->stores) blame("deleted before its stores", ENGINE);
  end(g, ENGINE);
}

API void wasmtime_engine_increment_epoch(engine *g) {
  see(g, ENGINE);
  __atomic_add_fetch(&g->epoch, 1, __ATOMIC_SEQ_CST);
}

API store *wasmtime_store_new(engine *g, void *data, void (*drop)(void *)) {
  (void)data, (void)drop;
  store *s = make(STORE, sizeof(store));
  s->engine = see(g, ENGINE);
  s->limit = -1;
  __atomic_add_fetch(&g->stores, 1, __ATOMIC_SEQ_CST);
  return s;
}

API void *wasmtime_store_context(store *s) { return see(s, STORE); }

API void wasmtime_store_limiter(store *s, int64_t memory, int64_t table, int64_t instances, int64_t tables,
                                int64_t memories) {
  (void)table, (void)instances, (void)tables, (void)memories;
  s->limit = memory;
}

API void wasmtime_context_set_epoch_deadline(store *s, uint64_t ticks) {
  s->deadline = __atomic_load_n(&s->engine->epoch, __ATOMIC_SEQ_CST) + ticks;
}

API void wasmtime_store_epoch_deadline_callback(store *s, deadline_callback ask, void *data, void (*drop)(void *)) {
  (void)drop;
  s->ask = ask;
  s->asked = data;
}

static void release(host *h) {
  if (--h->uses) return;
  h->drop(h->data);
  end(h, HOST);
}

API void wasmtime_store_delete(store *s) {
  if (s->depth) blame("deleted while it runs", STORE);
  if (s->module)
    for (int i = 0; i < s->module->nimports; i++) if (s->hosts[i]) release(s->hosts[i]);
  free(s->memory);
  s->memory = NULL;
  __atomic_sub_fetch(&s->engine->stores, 1, __ATOMIC_SEQ_CST);
  end(s, STORE);
}

API valtype *wasm_valtype_new(uint8_t kind) {
  valtype *t = make(VALTYPE, sizeof(valtype));
  t->kind = kind;
  return t;
}

typedef struct { size_t size; valtype **data; } valtypes;

API void wasm_valtype_vec_new(valtypes *to, size_t size, valtype *const from[]) {
  to->size = size;
  to->data = size ? memcpy(malloc(size * sizeof *from), from, size * sizeof *from) : NULL;
}

static int take(valtypes *from, uint8_t *to) {
  for (size_t i = 0; i < from->size; i++) to[i] = from->data[i]->kind, end(from->data[i], VALTYPE);
  free(from->data);
  return from->size;
}

API functype *wasm_functype_new(valtypes *params, valtypes *results) {
  functype *t = make(FUNCTYPE, sizeof(functype));
  t->type.nparams = take(params, t->type.params);
  t->type.nresults = take(results, t->type.results);
  return t;
}

API void wasm_functype_delete(functype *t) { end(t, FUNCTYPE); }

API linker *wasmtime_linker_new(engine *g) {
  linker *l = make(LINKER, sizeof(linker));
  l->engine = see(g, ENGINE);
  return l;
}

API void wasmtime_linker_delete(linker *l) {
  for (int i = 0; i < l->count; i++) release(l->hosts[i]);
  end(l, LINKER);
}

API ending *wasmtime_linker_define_func(linker *l, const char *module, size_t module_size, const char *name,
                                        size_t name_size, const functype *type, callback call, void *data,
                                        void (*drop)(void *)) {
  host *h = make(HOST, sizeof(host));
  h->uses = 1;
  h->type = ((functype *)see((void *)type, FUNCTYPE))->type;
  h->call = call;
  h->data = data;
  h->drop = drop;
  snprintf(h->module, sizeof h->module, "%.*s", (int)module_size, module);
  snprintf(h->name, sizeof h->name, "%.*s", (int)name_size, name);
  for (int i = 0; i < l->count; i++) {
    if (strcmp(l->hosts[i]->module, h->module) || strcmp(l->hosts[i]->name, h->name)) continue;
    release(h);
    return ended(ERROR, -1, "an import is defined twice");
  }
  l->hosts[l->count++] = h;
  return NULL;
}

/* Hands out how a run ended, as the real library does: a trap of the guest's, or an error of the host's. */
static ending *give(store *s, ending **trap_ret) {
  ending *e = s->pending;
  s->pending = NULL;
  if (!e || e->o.kind == ERROR) return e;
  *trap_ret = e;
  return NULL;
}

API ending *wasmtime_linker_instantiate(const linker *l, store *s, module *m, wasmtime_instance_t *instance,
                                        ending **trap_ret) {
  see((void *)l, LINKER);
  see(s, STORE);
  see(m, MODULE);
  if (s->module) return ended(ERROR, -1, "resource limit exceeded: instance count too high at 2");
  s->module = m;
  for (int i = 0; i < m->nimports; i++) {
    for (int k = 0; k < l->count && !s->hosts[i]; k++) {
      host *h = l->hosts[k];
      if (strcmp(h->module, m->imports[i].module) || strcmp(h->name, m->imports[i].name)) continue;
      if (memcmp(&h->type, &m->types[m->imports[i].type], sizeof(signature))) break;
      s->hosts[i] = h;
      h->uses++;
    }
    if (!s->hosts[i]) return ended(ERROR, -1, "unknown or incompatible import");
  }
  if (m->has_memory && grow(s, m->min) < 0) return ended(ERROR, -1, "memory minimum size exceeds memory limits");
  memcpy(s->globals, m->globals, sizeof s->globals);
  for (int i = 0; i < m->ndata && !s->pending; i++) {
    uint8_t *to = reach(s, m->data[i].at, 0, m->data[i].size);
    if (to) memcpy(to, m->bytes + m->data[i].from, m->data[i].size);
  }
  if (m->start >= 0 && !s->pending) run(s, m->start);
  *instance = (wasmtime_instance_t){7, 11};
  return give(s, trap_ret);
}

static bool find(store *s, const char *name, size_t size, wasmtime_extern_t *to) {
  for (int i = 0; i < s->module->nexports; i++) {
    export *e = &s->module->exports[i];
    if (strlen(e->name) != size || memcmp(e->name, name, size)) continue;
    memset(to, 0xEE, sizeof *to);
    to->kind = e->kind == 0 ? 0 : e->kind == 2 ? 3 : 2;
    if (e->kind == 0) to->of.func = (wasmtime_func_t){7, (void *)(intptr_t)(e->index + 1)};
    if (e->kind == 2) to->of.memory.store_id = 7, to->of.memory.private1 = 5, to->of.memory.private2 = s;
    return true;
  }
  return false;
}

API bool wasmtime_instance_export_get(store *s, const wasmtime_instance_t *instance, const char *name, size_t size,
                                      wasmtime_extern_t *to) {
  if (instance->store_id != 7 || instance->private != 11) blame("not an instance", STORE);
  return find(see(s, STORE), name, size, to);
}

API bool wasmtime_caller_export_get(caller *c, const char *name, size_t size, wasmtime_extern_t *to) {
  return find(((caller *)see(c, CALLER))->store, name, size, to);
}

API ending *wasmtime_func_call(store *s, const wasmtime_func_t *f, const wasmtime_val_t *arguments, size_t count,
                               wasmtime_val_t *results, size_t result_count, ending **trap_ret) {
  see(s, STORE);
  int function = (int)(intptr_t)f->private - 1, base = s->top;
  const signature *type = &s->module->types[s->module->functions[function]];
  if (f->store_id != 7 || (int)count != type->nparams || (int)result_count != type->nresults)
    return ended(ERROR, -1, "wrong number of arguments or results");
  for (size_t i = 0; i < count; i++) {
    if (arguments[i].kind != type->params[i]) return ended(ERROR, -1, "argument type mismatch");
    s->stack[s->top++] = bits_of(&arguments[i]);
  }
  run(s, function);
  if (!s->pending)
    for (size_t i = 0; i < result_count; i++) results[i] = value(type->results[i], s->stack[base + i]);
  s->top = base;
  return give(s, trap_ret);
}

API uint8_t *wasmtime_memory_data(const store *s, const wasmtime_memory_t *m) {
  if (m->store_id != 7 || m->private1 != 5 || m->private2 != s) blame("not a memory", STORE);
  return s->memory;
}

API size_t wasmtime_memory_data_size(const store *s, const wasmtime_memory_t *m) {
  if (m->store_id != 7 || m->private1 != 5 || m->private2 != s) blame("not a memory", STORE);
  return s->size;
}

static void text(const ending *e, wasm_byte_vec_t *to, size_t extra) {
  to->size = strlen(e->text) + extra;
  to->data = make(FRAME, sizeof(object) + to->size + 1) + sizeof(object);
  memcpy(to->data, e->text, to->size);
}

API void wasm_byte_vec_delete(wasm_byte_vec_t *v) { end(v->data - sizeof(object), FRAME); }

static void trace(const ending *e, frames *to) {
  to->size = e->frames;
  to->data = calloc(e->frames + 1, sizeof(frame *));
  for (int i = 0; i < e->frames; i++) to->data[i] = make(FRAME, sizeof(frame)), to->data[i]->at = e->at[i];
}

API void wasm_frame_vec_delete(frames *v) {
  for (size_t i = 0; i < v->size; i++) end(v->data[i], FRAME);
  free(v->data);
}

API ending *wasmtime_trap_new(const char *message, size_t size) {
  char copy[120];
  snprintf(copy, sizeof copy, "%.*s", (int)size, message);
  return ended(TRAP, -1, copy);
}

API bool wasmtime_trap_code(const ending *e, uint8_t *code) {
  see((void *)e, TRAP);
  if (e->code >= 0) *code = e->code;
  return e->code >= 0;
}

API void wasm_trap_message(const ending *e, wasm_byte_vec_t *to) { text(see((void *)e, TRAP), to, 1); }
#ifndef OMIT_TRACE
API void wasm_trap_trace(const ending *e, frames *to) { trace(see((void *)e, TRAP), to); }
#endif
API void wasm_trap_delete(ending *e) { end(e, TRAP); }
API uint32_t wasm_frame_func_index(const frame *f) { return ((frame *)see((void *)f, FRAME))->at.function; }
API size_t wasm_frame_module_offset(const frame *f) { return ((frame *)see((void *)f, FRAME))->at.offset; }
API ending *wasmtime_error_new(const char *message) { return ended(ERROR, -1, message); }
API void wasmtime_error_message(const ending *e, wasm_byte_vec_t *to) { text(see((void *)e, ERROR), to, 0); }
API void wasmtime_error_wasm_trace(const ending *e, frames *to) { trace(see((void *)e, ERROR), to); }
API void wasmtime_error_delete(ending *e) { end(e, ERROR); }
