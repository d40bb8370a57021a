/* Look into JSON from a shell: the document is read from standard input.
 *     json get PATH         print events.0.start_s, or with a final # how many: events.#
 *     json all PATH NAME    print NAME of each object in the array at PATH, a line each
 *     json schema FILE      does it obey that JSON Schema (2020-12; only the keywords that ours use are known; $ref may
 *                           name another file beside it)
 *     json lines FILE       does each line obey it; prints the numbers of those that do not */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const json_t *at_path(const json_t *value, const char *path)
{
    char key[64];

    while (value && *path) {
        size_t n = strcspn(path, ".");

        if (n >= sizeof(key))
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)atol(key)) : json_object_get(value, key);
        path += n + (path[n] == '.');
    }
    return value;
}

static int print_value(const json_t *value)
{
    if (!value)
        return 1;
    if (json_is_string(value))
        puts(json_string_value(value));
    else if (!json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15)))
        puts("");
    return 0;
}

static int get(const json_t *document, const char *path)
{
    size_t n = strlen(path);
    char parent[256];

    if (!n || path[n - 1] != '#')
        return print_value(at_path(document, path));
    snprintf(parent, sizeof(parent), "%.*s", (int)(n > 1 ? n - 2 : 0), path);
    printf("%zu\n", json_array_size(at_path(document, parent)));
    return 0;
}

static int all(const json_t *document, const char *path, const char *name)
{
    const json_t *array = at_path(document, path);
    size_t i;

    if (!json_is_array(array))
        return 1;
    for (i = 0; i < json_array_size(array); i++)
        if (print_value(json_object_get(json_array_get(array, i), name)))
            return 1;
    return 0;
}

/* ---- schema ---- */

struct check {
    const json_t *root;
    const char *path;           /* of the schema */
    char where[512];
    int n_quiet;                /* inside alternatives, where a failure need not be one */
};

static int obeys(struct check *c, const json_t *value, const json_t *schema);

static int wrong(const struct check *c, const char *what)
{
    if (!c->n_quiet)
        fprintf(stderr, "%s: %s\n", *c->where ? c->where : "document", what);
    return 0;
}

static int wrong_name(const struct check *c, const char *what, const char *name)
{
    char text[200];

    snprintf(text, sizeof(text), "%s '%s'", what, name);
    return wrong(c, text);
}

static int is_type(const json_t *value, const char *type)
{
    return !strcmp(type, "object")    ? json_is_object(value)
           : !strcmp(type, "array")   ? json_is_array(value)
           : !strcmp(type, "string")  ? json_is_string(value)
           : !strcmp(type, "boolean") ? json_is_boolean(value)
           : !strcmp(type, "null")    ? json_is_null(value)
           : !strcmp(type, "integer") ? json_is_integer(value)
           : !strcmp(type, "number")  ? json_is_number(value)
                                      : 0;
}

static int type_obeys(struct check *c, const json_t *value, const json_t *type)
{
    size_t i;

    if (json_is_string(type))
        return is_type(value, json_string_value(type)) || wrong(c, "of another type");
    for (i = 0; i < json_array_size(type); i++)
        if (is_type(value, json_string_value(json_array_get(type, i))))
            return 1;
    return wrong(c, "of none of the types");
}

/* Check a part of the value with the path to it in c->where. */
static int part_obeys(struct check *c, const json_t *value, const json_t *schema, const char *name, size_t index)
{
    size_t n = strlen(c->where);
    int good;

    if (name)
        snprintf(c->where + n, sizeof(c->where) - n, ".%s", name);
    else
        snprintf(c->where + n, sizeof(c->where) - n, "[%zu]", index);
    good = obeys(c, value, schema);
    c->where[n] = '\0';
    return good;
}

static int properties_obey(struct check *c, json_t *value, const json_t *schema)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *others = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *member;

    json_object_foreach(value, name, member) {
        const json_t *its = json_object_get(properties, name);

        if (!its && json_is_false(others))
            return wrong_name(c, "unexpected", name);
        if (its && !part_obeys(c, member, its, name, 0))
            return 0;
    }
    return 1;
}

static int required_are_there(struct check *c, const json_t *value, const json_t *names)
{
    size_t i;

    for (i = 0; i < json_array_size(names); i++)
        if (!json_object_get(value, json_string_value(json_array_get(names, i))))
            return wrong_name(c, "no", json_string_value(json_array_get(names, i)));
    return 1;
}

static int items_obey(struct check *c, const json_t *value, const json_t *items)
{
    size_t i;

    for (i = 0; json_is_array(value) && i < json_array_size(value); i++)
        if (!part_obeys(c, json_array_get(value, i), items, NULL, i))
            return 0;
    return 1;
}

static int is_one_of(struct check *c, const json_t *value, const json_t *list)
{
    size_t i;

    for (i = 0; i < json_array_size(list); i++)
        if (json_equal(value, json_array_get(list, i)))
            return 1;
    return wrong(c, "none of the allowed values");
}

/* "", or "#/$defs/name". */
static int place_obeys(struct check *c, const json_t *value, const char *place)
{
    const char prefix[] = "#/$defs/";
    const json_t *schema = *place ? NULL : c->root;

    if (!strncmp(place, prefix, sizeof(prefix) - 1))
        schema = json_object_get(json_object_get(c->root, "$defs"), place + sizeof(prefix) - 1);
    return schema ? obeys(c, value, schema) : wrong(c, "a $ref to nothing");
}

static int reference_obeys(struct check *c, const json_t *value, const char *reference)
{
    const json_t *root = c->root;
    const char *slash = strrchr(c->path, '/');
    int good, folder = slash ? (int)(slash - c->path) + 1 : 0;
    size_t name = strcspn(reference, "#");
    char path[1024];

    if (!name)
        return place_obeys(c, value, reference);
    snprintf(path, sizeof(path), "%.*s%.*s", folder, c->path, (int)name, reference);
    c->root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    good = c->root ? place_obeys(c, value, reference + name) : wrong(c, "a $ref to no file");
    json_decref((json_t *)c->root);
    c->root = root;
    return good;
}

static int any_obeys(struct check *c, const json_t *value, const json_t *list)
{
    int good = 0;
    size_t i;

    c->n_quiet++;
    for (i = 0; !good && i < json_array_size(list); i++)
        good = obeys(c, value, json_array_get(list, i));
    c->n_quiet--;
    return good || wrong(c, "fits no alternative");
}

static int keyword_obeys(struct check *c, const json_t *value, const json_t *schema, const char *keyword,
                         const json_t *rule)
{
    double number = json_number_value(value), limit = json_number_value(rule);

    if (!strcmp(keyword, "type"))
        return type_obeys(c, value, rule);
    if (!strcmp(keyword, "properties") || !strcmp(keyword, "additionalProperties"))
        return !json_is_object(value) || properties_obey(c, (json_t *)value, schema);
    if (!strcmp(keyword, "required"))
        return !json_is_object(value) || required_are_there(c, value, rule);
    if (!strcmp(keyword, "items"))
        return items_obey(c, value, rule);
    if (!strcmp(keyword, "minItems"))
        return !json_is_array(value) || (double)json_array_size(value) >= limit || wrong(c, "too few items");
    if (!strcmp(keyword, "maxItems"))
        return !json_is_array(value) || (double)json_array_size(value) <= limit || wrong(c, "too many items");
    if (!strcmp(keyword, "minimum"))
        return !json_is_number(value) || number >= limit || wrong(c, "too small");
    if (!strcmp(keyword, "maximum"))
        return !json_is_number(value) || number <= limit || wrong(c, "too large");
    if (!strcmp(keyword, "enum"))
        return is_one_of(c, value, rule);
    if (!strcmp(keyword, "const"))
        return json_equal(value, rule) || wrong(c, "not the one value");
    if (!strcmp(keyword, "$ref"))
        return reference_obeys(c, value, json_string_value(rule));
    if (!strcmp(keyword, "anyOf"))
        return any_obeys(c, value, rule);
    if (!strcmp(keyword, "$schema") || !strcmp(keyword, "$id") || !strcmp(keyword, "$defs") ||
        !strcmp(keyword, "title") || !strcmp(keyword, "description"))
        return 1;
    fprintf(stderr, "unknown keyword '%s' in the schema\n", keyword);
    return 0;
}

static int obeys(struct check *c, const json_t *value, const json_t *schema)
{
    const char *keyword;
    json_t *rule;

    json_object_foreach((json_t *)schema, keyword, rule) {
        if (!keyword_obeys(c, value, schema, keyword, rule))
            return 0;
    }
    return 1;
}

static int lines(const char *path)
{
    json_error_t error;
    struct check c = { .root = json_load_file(path, 0, &error), .path = path };
    char *line = NULL;
    size_t room = 0;
    int n = 0, code = 0;

    if (!c.root) {
        fprintf(stderr, "%s: %s\n", path, error.text);
        return 2;
    }
    while (getline(&line, &room, stdin) >= 0) {
        json_t *document = json_loads(line, JSON_REJECT_DUPLICATES, &error);

        n++;
        if (!document || !obeys(&c, document, c.root)) {
            printf("%d\n", n);
            code = 1;
        }
        json_decref(document);
    }
    free(line);
    json_decref((json_t *)c.root);
    return code;
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *document;
    int code = 2;

    if (argc == 3 && !strcmp(argv[1], "lines"))
        return lines(argv[2]);
    document = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);

    if (!document) {
        fprintf(stderr, "no JSON: %s (line %d)\n", error.text, error.line);
        return 1;
    }
    if (argc == 3 && !strcmp(argv[1], "get")) {
        code = get(document, argv[2]);
    } else if (argc == 4 && !strcmp(argv[1], "all")) {
        code = all(document, argv[2], argv[3]);
    } else if (argc == 3 && !strcmp(argv[1], "schema")) {
        struct check c = { .root = json_load_file(argv[2], 0, &error), .path = argv[2] };

        if (!c.root)
            fprintf(stderr, "%s: %s\n", argv[2], error.text);
        code = c.root && obeys(&c, document, c.root) ? 0 : 1;
        json_decref((json_t *)c.root);
    } else {
        fprintf(stderr, "usage: json get PATH | all PATH NAME | schema FILE | lines FILE\n");
    }
    json_decref(document);
    return code;
}
