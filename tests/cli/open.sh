# seechange search --open: a player begins at the moment that was found; and WebVTT as mpv shows it.
# shellcheck shell=sh disable=SC2154
set -u
. "$TESTS/kit/lib.sh"

mkdir "it's here"
draw hue "it's here/-hue .mp4"
rm "it's here"/*.times
expect 0 "a video" caption --service embedded --write vtt "it's here"
run search --in "it's here" --json disappeared
check "is found by what happens in it" between start_s 2.5 3.5
start=$(awk -v s="$(value start_s)" 'BEGIN { printf "%.3f\n", s }')

# Players that write down what they are asked for
players() {
    rm -rf bin
    mkdir bin
    for player in "$@"; do
        # shellcheck disable=SC2016
        printf '#!/bin/sh\nfor a in %s "$@"; do printf "%%s|" "$a"; done >"%s/played"\n' "$player" "$PWD" >"bin/$player"
        chmod +x "bin/$player"
    done
    PATH=$PWD/bin "$seechange" search --open --in "it's here" disappeared >out 2>err
    code=$?
}
clip="$PWD/it's here/-hue .mp4"
players vlc ffplay mpv
check "mpv is asked for first" [ "$(cat played)" = "mpv|--start=$start|--|$clip|" ]
check "after what was found is shown" grep -q disappeared out
players vlc ffplay
check "else ffplay" [ "$(cat played)" = "ffplay|-loglevel|warning|-ss|$start|$clip|" ]
players vlc
check "else vlc" [ "$(cat played)" = "vlc|--start-time=$start|$clip|" ]
players
check "without any it says so" said "no player was found: mpv, ffplay or vlc"
check "and ends in an error" [ "$code" -eq 1 ]

command -v mpv >/dev/null || { echo "skip a real player: no mpv"; exit 0; }
mkdir -p mpv/scripts
# A loaded machine tells late: it stands still at the start, and plays no faster than it should.
printf 'vo=null\nao=null\npause=yes\n' >mpv/mpv.conf
cat >mpv/scripts/tell.lua <<'END'
local function tell(what) print(string.format("%s at %.1f", what, mp.get_property_number("time-pos", -1))) end
local begun = false
mp.register_event("playback-restart", function()
    if not begun then tell("begins") end
    begun = true
    if mp.get_property_bool("pause") then mp.command("quit") end
end)
mp.observe_property("sub-text", "string", function(_, text)
    if text and text ~= "" then tell("shows <" .. text:gsub("%s+$", "") .. ">") end
end)
END
export MPV_HOME="$PWD/mpv"
timeout 120 "$seechange" search --open --in "it's here" disappeared >out 2>err </dev/null
check "mpv begins there" grep -q "begins at ${start%??}" out
vtt="$clip.seechange.vtt"
timeout 120 mpv --pause=no --sub-auto=no --sub-file="$vtt" -- "$clip" >out 2>err </dev/null
check "mpv reads the WebVTT" grep -q 'Subs .*webvtt' out
# Cues with markup's signs are written with entities; the texts here have none.
grep -c -e ' --> ' "$vtt" >cues
check "and shows every cue" [ "$(grep -c 'shows <' out)" -ge "$(cat cues)" ]
grep -v -e '^WEBVTT' -e '^NOTE' -e ' --> ' -e '^$' "$vtt" | head -n 1 >first
check "with its words" grep -qF "$(cut -c 1-40 first)" out
