#include "golang/model/parent_path.h"

#include <string.h>

#define MAX_DEPTH 8 /* of structs in structs */

static bool has_methods_of_context(const struct go_program *program, uint64_t interface)
{
    static const char *const methods[] = {"Deadline", "Done", "Err", "Value"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!go_interface_has_method(program, interface, methods[i]))
            return false;
    return true;
}

static bool add_step(struct parent_path *path, uint64_t offset)
{
    if (path->steps == MAX_PATH_STEPS || offset > UINT32_MAX)
        return false;
    path->offsets[path->steps++] = (uint32_t)offset;
    return true;
}

static bool find(const struct go_program *program, const struct go_type *type, uint64_t offset,
                 unsigned depth, struct parent_path *path);

/* Is the embedded field a context, or does it lead to one? */
static bool look_into(const struct go_program *program, const struct go_field *field,
                      uint64_t offset, unsigned depth, struct parent_path *path)
{
    struct go_type inner;
    if (!go_type_read(program, field->type, &inner))
        return false;
    if (inner.kind == KIND_INTERFACE)
        return has_methods_of_context(program, field->type) && add_step(path, offset);
    if (inner.kind == KIND_STRUCT)
        return find(program, &inner, offset, depth + 1, path);
    if (inner.kind != KIND_POINTER ||
        !go_type_read(program, go_type_element(program, &inner), &inner) ||
        inner.kind != KIND_STRUCT || !add_step(path, offset))
        return false;
    if (find(program, &inner, 0, depth + 1, path))
        return true;
    path->steps--;
    return false;
}

/* Interfaces that are embedded here come before those that lie deeper, as in the language. */
static bool find(const struct go_program *program, const struct go_type *type, uint64_t offset,
                 unsigned depth, struct parent_path *path)
{
    struct go_field field;
    struct go_type inner;
    for (unsigned deeper = 0; deeper < 2 && depth < MAX_DEPTH; deeper++)
        for (unsigned i = 0; go_type_field(program, type, i, &field); i++) {
            bool is_interface =
                go_type_read(program, field.type, &inner) && inner.kind == KIND_INTERFACE;
            if (field.embedded && is_interface == !deeper &&
                look_into(program, &field, offset + field.offset, depth, path))
                return true;
        }
    return false;
}

struct parent_path parent_path_of(const struct go_program *program, const struct go_type *type,
                                  bool is_data_word)
{
    struct parent_path path = {0};
    if (type->kind != KIND_STRUCT || !find(program, type, 0, 0, &path))
        return (struct parent_path){0};
    if (!is_data_word)
        return path;
    if (path.steps < 2) /* a single pointer is no interface */
        return (struct parent_path){0};
    memmove(path.offsets, path.offsets + 1, (size_t)--path.steps * sizeof *path.offsets);
    return path;
}

bool parent_path_follow(const struct go_program *program, const struct parent_path *path,
                        uint64_t address, uint64_t words[2])
{
    words[0] = words[1] = 0;
    for (uint8_t i = 0; i + 1 < path->steps && address; i++)
        address = memory_word(program->memory, address + path->offsets[i]);
    return path->steps && address &&
           memory_read(program->memory, address + path->offsets[path->steps - 1], words,
                       2 * sizeof *words);
}
