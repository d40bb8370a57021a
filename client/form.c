/* multipart/form-data by libcurl. */
#include "client/form.h"

curl_mime *form_make(CURL *easy, const struct form *fields)
{
    curl_mime *form = curl_mime_init(easy);
    const struct form *f;

    for (f = fields; form && f->name; f++) {
        curl_mimepart *part = curl_mime_addpart(form);

        if (part && !curl_mime_name(part, f->name) &&
            !(f->path ? curl_mime_filedata(part, f->path) : curl_mime_data(part, f->data, f->size)) &&
            (!f->file || (!curl_mime_filename(part, f->file) && !curl_mime_type(part, f->type))))
            continue;
        curl_mime_free(form);
        form = NULL;
    }
    return form;
}
