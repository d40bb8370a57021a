# Includes point down, and the two programs link what is theirs.
# shellcheck shell=sh
set -u
root=$(cd "$TESTS/.." && pwd)
ok() { echo "ok $1"; }
not_ok() { echo "not ok $1"; }

verdict() { if [ "$1" -eq 0 ]; then ok "$2"; else not_ok "$2"; fi; }

sh "$root/tools/layers" "$root"
verdict $? "the tree's includes point down"

# file, the line in it, whether it is fine
tree() {
    rm -rf tree && mkdir -p "tree/$(dirname "$1")" && printf '%s\n' "$2" >"tree/$1"
    if sh "$root/tools/layers" tree >said 2>&1; then got=fine; else got=refused; fi
    if [ "$got" = "$3" ]; then ok "$1: $2 is $3"; else not_ok "$1: $2 is $got: $(cat said)"; fi
}
tree base/text.c        '#include "base/text.h"'           fine
tree base/text.c        '#include "frames/plan.h"'         refused
tree base/text.c        '#  include "frames/plan.h" // x'  refused
tree frames/decide.c    '#include "frames/signature.h"'    fine
tree frames/decide.c    '#include "decode/decode.h"'       refused
tree frames/decide.c    '#include "frames/pixels/measure.h"' refused
tree frames/decide.c    '#include <libavutil/frame.h>'     refused
tree frames/pixels/m.c  '#include "decode/picture.h"'      fine
tree frames/pixels/m.c  '#include <libavutil/frame.h>'     fine
tree frames/pixels/m.c  '#include <curl/curl.h>'           refused
tree decode/open.c      '#include "frames/signature.h"'    refused
tree client/sse.c       '#include "fusion/query.h"'        fine
tree client/sse.c       '#include "fusion/describe.h"'       refused
tree client/sse.c       '#include <curl/curl.h>'           fine
tree client/dialects/a.c '#include "client/body.h"'        fine
tree fusion/query.c     '#include <curl/curl.h>'           refused
tree fusion/query.c     '#include "client/client.h"'       refused
tree worker/worker.c    '#include "worker/serve/serve.h"'  refused
tree worker/worker.c    '#include "decode/decode.h"'       refused
tree worker/serve/main.c '#include "decode/decode.h"'      fine
tree api/changes.c      '#include "worker/worker.h"'       fine
tree api/changes.c      '#include "frames/pixels/render.h"' refused
tree api/changes.c      '#include "decode/decode.h"'       refused
tree ui-cli/main.c      '#include "include/seechange.h"'   fine
tree ui-cli/main.c      '#include "ui-cli/options.h"'      fine
tree ui-cli/main.c      '#include "api/session.h"'         refused
tree ui-cli/main.c      '#include "options.h"'             refused
tree include/x.h        '#include "base/error.h"'          refused
tree include/x.h        '#include <stdint.h>'              fine
tree elsewhere/x.c      '#include <stdint.h>'              refused

needs() { readelf -d "$1" 2>/dev/null | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'; }
for file in seechange libseechange.so; do
    [ -e "$O/$file" ] && ! needs "$O/$file" | grep -E '^lib(av|sw|png|turbojpeg|jpeg|webp)'
    verdict $? "$file links no media library"
done
[ -e "$O/seechange-worker" ] && ! needs "$O/seechange-worker" | grep -E '^lib(curl|jansson|ssl|crypto)'
verdict $? "the worker links no network library"

# A sanitizer adds names that begin with an underscore.
defined() { nm -g --defined-only "$@" 2>/dev/null | awk 'NF == 3 { print $3 }'; }
for file in libseechange.so libseechange.a; do
    case $file in *.so) names=$(defined -D "$O/$file") ;; *) names=$(defined "$O/$file") ;; esac
    strange=$(echo "$names" | grep -v -e '^sc_' -e '^_')
    if [ -n "$names" ] && [ -z "$strange" ]; then ok "$file exports sc_* alone"
    else not_ok "$file exports sc_* alone, not $strange"; fi
    absent=$(sed -n 's/^SC_API .*[ *]\(sc_[a-z_0-9]*\)(.*/\1/p' "$root/include/seechange.h" |
        while read -r name; do echo "$names" | grep -qx "$name" || echo "$name"; done)
    if [ -z "$absent" ]; then ok "$file has all that the header declares"
    else not_ok "$file has all that the header declares, but for $absent"; fi
done
