# Every header compiles alone, and the public one in C++ too.
# shellcheck shell=sh
set -u
cd "$TESTS/.." || exit 1
flags=$(pkg-config --cflags libavutil libavformat jansson libcurl)
headers=$(find . \( -name .git -o -name build \) -prune -o -name '*.h' -print | sed 's|^\./||' | LC_ALL=C sort)
for header in $headers; do
    # shellcheck disable=SC2086  # flags are words
    if echo "#include \"$header\"" |
        ${CC:-cc} -x c -std=c11 -D_GNU_SOURCE -I. $flags -Wall -Wextra -Werror -fsyntax-only -; then
        echo "ok $header compiles alone"
    else
        echo "not ok $header compiles alone"
    fi
done
if command -v c++ >/dev/null; then
    if echo '#include "include/seechange.h"' | c++ -x c++ -I. -Wall -Wextra -Werror -fsyntax-only -; then
        echo "ok include/seechange.h is C++ too"
    else
        echo "not ok include/seechange.h is C++ too"
    fi
else
    echo "skip include/seechange.h is C++ too: no c++ here"
fi
