/* Which protocols may be spoken, and how long to wait. */
#include "decode/network.h"


#include "base/opening.h"

enum sc_status network_open(AVFormatContext **out, const char *url, const char *name, AVIOInterruptCB interrupt,
                            int64_t timeout_us, struct sc_error *err)
{
    AVDictionary *options = NULL;
    bool rtsp = false;
    int code;

    if (!(*out = avformat_alloc_context()))
        return fail_memory(err);
    opening_is_url(url, &rtsp);
    (*out)->interrupt_callback = interrupt;
    av_dict_set(&options, "protocol_whitelist",
                rtsp ? "rtsp,rtsps,rtp,srtp,udp,tcp,tls" : "http,https,tcp,tls,httpproxy,crypto,data", 0);
    if (rtsp)
        av_dict_set(&options, "rtsp_flags", "prefer_tcp", 0);
    av_dict_set(&options, "tls_verify", "1", 0);
    av_dict_set_int(&options, rtsp ? "timeout" : "rw_timeout", timeout_us, 0);
    code = avformat_open_input(out, url, NULL, &options);
    av_dict_free(&options);
    if (code >= 0)
        code = avformat_find_stream_info(*out, NULL);
    if (code < 0 && interrupt.callback(interrupt.opaque))
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    if (code < 0)
        return fail(err, SC_ERR_IO, "can't open '%s': %s", name, av_err2str(code));
    return SC_OK;
}
