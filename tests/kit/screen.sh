# For tests that type into a terminal of tmux and read its screen; after lib.sh. Without tmux the test is skipped.
# shellcheck shell=sh disable=SC2034
command -v tmux >/dev/null || { echo "skip what is typed into a terminal: no tmux"; exit 0; }
tmux() { command tmux -L "seechange-$$" -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null' EXIT

# terminal SIZE COMMAND: a shell command in a terminal of that size; its errors are in the file err
terminal() {
    # One that stays keeps the server, and the environment of now, for those that come and go; it must not hold what a
    # scripted server waits for the end of.
    if ! tmux has-session -t keep 2>/dev/null; then
        tmux new-session -d -s keep 'sleep 10000' 7>&- 9>&- || { echo "not ok tmux starts"; exit 1; }
        tmux set-option -g escape-time 0
    fi
    tmux kill-session -t pane 2>/dev/null
    tmux new-session -d -s pane -x "${1%x*}" -y "${1#*x}" -c "$PWD" "$2 2>err; echo ended \$?; sleep 1000"
}

screen() { tmux capture-pane -p -t pane 2>&1; }

# shows PATTERN [FROM]: the screen has it, from the first line with FROM on, within a minute; else it is printed
shows() {
    tries=0
    until screen | sed -n "/${2-.}/,\$p" | grep -qE -e "$1"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 600 ]; then
            screen | sed '/^ *$/d; s/^/    /'
            return 1
        fi
        sleep 0.1
    done
}

# keys KEY...: as tmux names them. typed TEXT: and Enter
keys() { tmux send-keys -t pane "$@"; }
typed() {
    tmux send-keys -t pane -l "$1"
    tmux send-keys -t pane Enter
}
