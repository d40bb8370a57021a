# What `make install` puts in place works from there, and `make uninstall` takes all of it away.
# shellcheck shell=sh
set -u
root=$(cd "$TESTS/.." && pwd)
work=$PWD
unset MAKEFLAGS MAKELEVEL MFLAGS
verdict() { if [ "$1" -eq 0 ]; then echo "ok $2"; else echo "not ok $2"; fi; }
sanitized=
nm "$O/seechange" | grep -q __asan_init && sanitized=address,undefined
nm "$O/seechange" | grep -q __tsan_init && sanitized=thread
if [ -n "$sanitized" ]; then
    echo "skip installation: tested with the plain build"
    exit 0
fi

# A copy, because another prefix compiles one file anew and the build folder is not ours to change.
cp -a "$O" "$work/build" || exit 1
run_make() { (cd "$root" && make -s O="$work/build" prefix="$work/usr" "$@"); }

run_make install
verdict $? "make install"
unset SEECHANGE_WORKER
"$O/tests/tools/draw" tiny film.mkv
"$work/usr/bin/seechange" info film.mkv >said && grep -q 160x90 said
verdict $? "the installed program finds its worker"

cat >use.c <<'C'
#include <seechange.h>
#include <stdio.h>

int main(void)
{
    struct sc_source source = { .path = "film.mkv" };
    struct sc_error err = { 0 };
    struct sc_info info = { 0 };
    struct sc *s = NULL;

    if (sc_open(&s, NULL, &err) || sc_info(s, &source, &info, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%dx%d\n", info.width, info.height);
    sc_info_dispose(&info);
    sc_close(&s);
    return 0;
}
C
export PKG_CONFIG_PATH="$work/usr/lib/pkgconfig"
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -Wall -Werror use.c -o use-shared $(pkg-config --cflags --libs seechange) &&
    [ "$(LD_LIBRARY_PATH="$work/usr/lib" ./use-shared)" = 160x90 ]
verdict $? "a program with the shared library"
readelf -d use-shared | grep -q 'libseechange\.so\.0'
verdict $? "it asks for the library by its soname"
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -Wall -Werror use.c -o use-static $(pkg-config --cflags seechange) "$work/usr/lib/libseechange.a" \
    $(pkg-config --libs $(pkg-config --print-requires-private seechange)) -pthread -lm &&
    [ "$(./use-static)" = 160x90 ] && ! readelf -d use-static | grep -q libseechange
verdict $? "a program with the archive"

man=$work/usr/share/man/man1/seechange.1
[ -s "$man" ]
verdict $? "the manual is installed"
for file in bash-completion/completions/seechange zsh/site-functions/_seechange \
    fish/vendor_completions.d/seechange.fish doc/seechange/README.md; do
    [ -s "$work/usr/share/$file" ]
    verdict $? "$file is installed"
done
for shell in bash zsh fish; do
    case $shell in
    bash) file=bash-completion/completions/seechange ;;
    zsh) file=zsh/site-functions/_seechange ;;
    fish) file=fish/vendor_completions.d/seechange.fish ;;
    esac
    if command -v $shell >/dev/null; then
        $shell -n "$work/usr/share/$file"
        verdict $? "$shell can read its completions"
    else
        echo "skip $shell can read its completions: no $shell here"
    fi
done

run_make uninstall
verdict $? "make uninstall"
left=$(find usr ! -type d)
[ -z "$left" ]
verdict $? "nothing is left behind: $left"

run_make install DESTDIR="$work/stage" && [ -x "$work/stage$work/usr/bin/seechange" ] && [ ! -e usr/bin/seechange ] &&
    run_make uninstall DESTDIR="$work/stage" && [ -z "$(find stage ! -type d)" ]
verdict $? "DESTDIR stages it all and is emptied again"
