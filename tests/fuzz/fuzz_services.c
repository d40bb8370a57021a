/* The person's services.json, and what is found in it. */
#include <string.h>

#include "client/service.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = malloc(size + 1);
    struct services *services = NULL;
    double in, out;
    int i;

    if (!json || size > 65536)
        goto done;
    memcpy(json, data, size);
    json[size] = 0;
    if (services_open(&services, json, NULL) == SC_OK)
        for (i = 0; i < services_count(services); i++) {
            const struct service *s = services_at(services, i);

            must(s && s->dialect && services_find(services, s->name));
            (void)service_price(s, "gpt-4.1", &in, &out);
        }
    services_close(&services);
done:
    free(json);
    return 0;
}
