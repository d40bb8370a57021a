# What browse sends to a terminal: pictures, taken out of the stream and compared with the video's; what it leaves behind;
# signals; the mouse, the clipboard and other programs.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

draw squares squares.mkv
draw cuts cuts.mkv
export NO_PROXY='*' SEECHANGE_WORKER="$O/seechange-worker" HOME="$PWD" XDG_CACHE_HOME="$PWD/cache" XDG_CONFIG_HOME="$PWD"
unset TMUX TMUX_PANE COLORTERM TERM_PROGRAM LC_TERMINAL NO_COLOR
export TERM=xterm-256color
"$seechange" changes squares.mkv cuts.mkv >/dev/null || exit 1
esc=$(printf '\033')

# on ANSWERS OPTIONS STEP...: browse $film in a terminal that answers so; its stream is in stream, what is told of it in told
film=squares.mkv
on() {
    says=$1 options=$2
    shift 2
    rm -f stream*
    # shellcheck disable=SC2086
    "$tools/terminal" -s 100x40 -c 10x20 -a "$says" stream "$@" -- \
        "$seechange" browse $options "$film" >told 2>err || not_ok "$*"
}
has() { grep -qF "$esc$1" stream; }
told() { grep -qx "$1" told; }
# alike SECONDS PATTERN: one of the pictures is that of this time
alike() {
    seconds=$1
    shift
    for file in "$@"; do
        "$tools/likeness" squares.mkv "$seconds" "$file"
    done >likeness 2>&1
    sort -rn likeness | head -n 1 | awk '{ exit !($1 >= 0.9) }' || { cat likeness; return 1; }
}

# ---- pictures ----
pictures() {
    at='wait=pictures quiet=300 send=g2\r quiet=1000'
    # shellcheck disable=SC2086
    on kitty '' $at send=? wait=keys quiet=300 kill=9 end
    check "kitty: pictures are sent" [ -s stream.0.png ]
    check "kitty: the moment's picture is among them" alike 2 stream.*.png
    check "kitty: none is left behind a page of text" grep -q 'placed 0$' told
    # shellcheck disable=SC2086
    on kitty '' $at size=80x24 quiet=500 size=120x50 quiet=500 send=q end
    check "kitty: none is left at the end" told 'images [0-9]* held 0 placed 0'
    check "the terminal is as it was" told 'echo on canonical on'
    check "and the program ends well" told 'ended 0'
    # shellcheck disable=SC2086
    on sixel '' $at send=q end
    check "sixel: pictures are sent" [ -s stream.0.six ]
    if command -v sixel2png >/dev/null; then
        for file in stream.*.six; do sixel2png -i "$file" -o "$file.png"; done
        check "sixel: the moment's picture is among them" alike 2 stream.*.six.png
    else
        echo "skip sixels as pictures: no sixel2png"
    fi
    # A picture of more colours than a sixel has loses by that: as much as with the palette of libsixel, not more.
    film=cuts.mkv
    on sixel '' wait=pictures quiet=300 send=g2\\r quiet=1000 send=q end
    film=squares.mkv
    if command -v sixel2png >/dev/null && command -v img2sixel >/dev/null; then
        for file in stream.*.six; do
            sixel2png -i "$file" -o "$file.png"
            "$tools/likeness" cuts.mkv 2 "$file.png" "$file.ppm" | sed "s/\$/ $file/"
        done | sort -rn >likeness
        read -r ours size file <likeness
        img2sixel -p 256 -d none -q high "$file.ppm" | sixel2png -o best.png
        theirs=$("$tools/likeness" "$file.ppm" 0 best.png)
        check "sixel: a rich texture ($ours, $size) is as alike as its 256-colour version by libsixel ($theirs)" \
            awk -v a="$ours" -v b="${theirs% *}" 'BEGIN { exit !(a >= b && a > 0.8) }'
    fi
    # shellcheck disable=SC2086
    on none '--graphics iterm2' $at send=q end
    check "iTerm2: pictures are sent" [ -s stream.0.tiff ]
    check "iTerm2: the moment's picture is among them" alike 2 stream.*.tiff
    on none '' wait=pictures quiet=500 send=q end
    check "a terminal that can't: symbols" told 'images 0 held 0 placed 0'
    check "in 256 colours" has '[38;5;'
    on none '' wait=pictures quiet=300 send=? wait=keys quiet=300 send=qq end
    dark=$(tr -cd '[:print:]\n' <stream | grep -c '\[3[0-9]*m')
    check "a dark ground has light ink" has '[36m'
    refute "and no dark one" has '[34m'
    on light '' wait=pictures quiet=300 send=? wait=keys quiet=300 send=qq end
    check "a light ground is asked for, and has dark ink" has '[34m'
    refute "and no light one" has '[36m'
    check "the question about the ground is one" [ "$dark" -gt 0 ]
    NO_COLOR=1 on none '--graphics none' wait=pictures quiet=300 send=q end
    refute "NO_COLOR: no colour" grep -qE "$esc\\[([0-9]+;)*(3[0-8]|4[0-8])(;[0-9]+)*m" stream
}

# ---- the way out ----
ways_out() {
    left() { tail -c 200 stream | grep -qF "$esc[?1049l" && tail -c 200 stream | grep -qF '[?25h'; }
    for number in 11 6 15 1; do
        on kitty '' wait=pictures quiet=500 "kill=$number" end
        case $number in 11 | 6) ended="killed $number" ;; *) ended="ended $((128 + number))" ;; esac
        check "signal $number: it ends so" told "$ended"
        check "signal $number: the screen is given back" left
        check "signal $number: keys are as they were" told 'echo on canonical on'
        check "signal $number: no picture is left" told 'images [0-9]* held 0 placed 0'
    done
    for stop in 'send=\z' kill=20; do
        on kitty '' wait=pictures quiet=500 "$stop" stopped mode kill=18 "wait=$esc[?1049h" wait=pictures quiet=300 \
            mode send=q end
        check "$stop: stops with the terminal as it was" [ "$(sed -n 1p told)" = 'echo on canonical on' ]
        check "$stop: comes back" [ "$(sed -n 2p told)" = 'echo off canonical off' ]
        check "$stop: and ends well" told 'ended 0'
    done
}

# ---- the shelf ----
shelf() {
    export XDG_CACHE_HOME="$PWD/cache"
    shelf=cache/seechange/pictures
    on kitty '' wait=pictures quiet=1000 send=q end
    check "pictures are kept on disk" [ "$(find $shelf -type f | wc -l)" -gt 2 ]
    touch -d '2 hours ago' $shelf/.new-abcdef
    i=0
    while [ $i -lt 40 ]; do
        truncate -s 10M "$shelf/old-$i"
        touch -d "$((100 + i)) hours ago" "$shelf/old-$i"
        i=$((i + 1))
    done
    on kitty '' wait=pictures quiet=1000 send=q end
    size=$(find $shelf -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
    check "no more than 256 MiB of them" [ "$size" -le 268435456 ]
    check "the oldest go" [ ! -e $shelf/old-39 ]
    check "the others stay" [ -e $shelf/old-0 ]
    check "what was never finished goes" [ ! -e $shelf/.new-abcdef ]
    rm $shelf/old-*
    name=$(find $shelf -type f | head -n 1)
    echo "seechange 1 99999 99999" >"$name"
    on kitty '' wait=pictures quiet=500 send=q end
    check "a damaged one is made anew" told 'ended 0'
}

# ---- the mouse, the clipboard, a player, files ----
others() {
    mkdir bin
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s/played"\n' "$PWD" >bin/mpv
    chmod +x bin/mpv
    PATH=$PWD/bin:$PATH
    export PATH
    none='--graphics none'
    # A click into the middle of the timeline, which is in the last rows; then what is there is copied.
    on none "$none" wait=pictures quiet=300 'send=\e[<0;51;38M' quiet=200 send=y wait=copied quiet=100 send=q end
    length=$("$seechange" info --json squares.mkv | "$tools/json" get duration_s)
    copied() { grep -oE "$esc\]52;c;[A-Za-z0-9+/=]*" stream | tail -n 1 | sed 's/.*;//' | base64 -d; }
    check "a click on the timeline goes there, and y copies the time" \
        [ "$(copied)" = "$(awk -v length_s="$length" 'BEGIN { s = length_s / 2; printf "%02d:%06.3f", s / 60, s % 60 }')" ]
    on none "$none" wait=pictures quiet=300 'send=\e[<0;70;3M' quiet=200 send=y wait=copied quiet=100 send=q end
    first=$(copied)
    on none "$none" wait=pictures quiet=300 'send=\e[<0;70;2M' quiet=200 'send=\e[<65;70;2M' quiet=200 \
        send=y wait=copied quiet=100 send=q end
    check "the wheel goes to the next event, as a click does" [ "$(copied)" = "$first" ]
    on none "$none" wait=pictures quiet=300 send=g2\\r quiet=200 send=o wait=started quiet=300 send=q end
    check "o plays the moment in mpv" grep -qx -- '--start=2.000' played
    check "of this file" grep -qx 'squares.mkv' played
    # 'written:' is drawn over 'write to:', of which the first letters may stay.
    on none "$none" wait=pictures quiet=300 'send=esheet.jpg\r' wait=ten: quiet=100 send=q end
    check "e writes a sheet" [ -s sheet.jpg ]
    on none "$none" wait=pictures quiet=300 'send=awhat?\r' wait=measured quiet=300 'send=ewords.txt\r' wait=ten: quiet=100 \
        send=Q end
    check "e writes the answer" [ -s words.txt ]
}

# Side by side, each in a folder of its own; the shelf is one's own too.
for part in pictures ways_out shelf others; do
    mkdir "in-$part"
    cp -p squares.mkv cuts.mkv "in-$part"
    (cd "in-$part" && "$part") >"$part.log" 2>&1 &
done
# shellcheck disable=SC2046
wait $(jobs -p)
cat pictures.log ways_out.log shelf.log others.log
