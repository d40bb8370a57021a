# browse takes the size that its terminal gets, at any moment.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"
. "$TESTS/kit/screen.sh"
export HOME="$PWD" XDG_CONFIG_HOME="$PWD" XDG_CACHE_HOME="$PWD/cache"
unset TMUX TMUX_PANE COLORTERM NO_COLOR

mkdir films
draw squares squares.mkv
for i in 1 2 3; do cp squares.mkv films/$i.mkv; done
# at ROW PATTERN: the row of the screen, from 1, is that within a minute
at() {
    tries=0
    until screen | sed -n "$1p" | grep -qE -e "$2"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 600 ]; then
            screen | sed 's/^/    /'
            return 1
        fi
        sleep 0.1
    done
}
resize() { tmux resize-window -t pane -x "${1%x*}" -y "${1#*x}"; }

terminal 80x24 "env TERM=screen-256color '$seechange' browse --graphics none films"
check "at first the last line is the last one" at 24 'all keys'
resize 60x15
check "a smaller terminal" at 15 'all keys'
check "has the columns that fit" at 2 '^ file  {15,30}length changes  state {6,8} cost$'
resize 150x50
check "a larger one" at 50 'all keys'
check "is filled" at 2 '^ file  {90,120}length changes  state {6,8} cost$'
resize 40x10
check "one that is too small is told so" at 6 '40x10 is too small; 60x15 will do'
resize 200x60
resize 70x20
resize 90x30
check "several sizes one after the other: the last one" at 30 'all keys'
keys j Enter
check "a video" at 1 '4 changes'
resize 60x20
check "is drawn anew as well" at 20 'all keys'
keys Q
check "it ends well" shows 'ended 0'
