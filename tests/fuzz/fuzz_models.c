/* The person's models.json, and what is found in it. */
#include <string.h>

#include "fusion/model.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = malloc(size + 1);
    struct models *models = NULL;
    struct model model;

    if (!json || size > 65536)
        goto done;
    memcpy(json, data, size);
    json[size] = 0;
    if (models_open(&models, json, NULL) == SC_OK)
        models_find(models, "Llama-4-Scout-17B-16E-Instruct", &model);
    models_close(&models);
done:
    free(json);
    return 0;
}
