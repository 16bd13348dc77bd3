# shellcheck shell=bash disable=SC2154 # $tmp and $root come from deploy.sh
# The Dockerfile without an engine: its build stage's COPY and RUN are performed below $tmp/build in a clean
# copy of the last commit, its final stage's COPY below $tmp/image. The final RUN is apt and useradd, and is
# only read.

# instructions STAGE INSTRUCTION: their arguments, one a line
instructions() {
    python3 "$root/tests/smoke/deploy/dockerfile.py" "$root/Dockerfile" |
        awk -F '\t' -v s="$1" -v i="$2" '$1 == s && $2 == i { sub(/^[^\t]*\t[^\t]*\t/, ""); print }'
}

# The last commit less what .dockerignore names, as an engine would get it.
image_context() {
    local line
    mkdir "$tmp/context"
    git -c safe.directory="$root" -C "$root" archive HEAD | tar -x -C "$tmp/context" || return 1
    while read -r line; do
        case $line in
        '' | '#'*) ;;
        '**/'*) find "$tmp/context" -depth -name "${line#\*\*/}" -exec rm -r {} + ;;
        *) rm -rf "${tmp:?}/context/$line" ;;
        esac
    done <"$tmp/context/.dockerignore"
}

# into ROOT WORKDIR PATH: where a path of an instruction is below ROOT
into() {
    case $3 in
    /*) echo "$1$3" ;;
    *) echo "$1$2/$3" ;;
    esac
}

# image_copy FROM_ROOT ROOT WORKDIR SOURCE DESTINATION
image_copy() {
    local to
    to=$(into "$2" "$3" "$5")
    mkdir -p "$(dirname "$to")"
    if [ -d "$1/$4" ]; then
        mkdir -p "$to" && cp -R "$1/$4/." "$to"
    else
        cp "$1/$4" "$to"
    fi
}

# The build stage, with nothing of our environment but the path, as in an engine.
image_build() {
    local stage instruction arguments from to dir=/
    image_context || return 1
    while IFS=$'\t' read -r stage instruction arguments; do
        [ "$stage" = build ] || continue
        case $instruction in
        WORKDIR) dir=$arguments && mkdir -p "$tmp/build$dir" ;;
        COPY)
            read -r from to <<<"$arguments"
            image_copy "$tmp/context" "$tmp/build" "$dir" "$from" "$to" || return 1
            ;;
        RUN)
            echo "RUN $arguments"
            (cd "$tmp/build$dir" && env -i PATH="$PATH" HOME="$tmp" sh -c "$arguments") </dev/null || return 1
            ;;
        esac
    done < <(python3 "$root/tests/smoke/deploy/dockerfile.py" "$root/Dockerfile")
}

# The files that the final stage takes from the build.
image_assemble() {
    local from to line
    while read -r line; do
        read -r from to <<<"${line#--from=build }"
        image_copy "$tmp/build" "$tmp/image" / "$from" "$to" || return 1
    done < <(instructions 1 COPY)
    test -x "$tmp/image/usr/local/bin/convened"
}

# Each library that the binary names must be in a package that the final stage installs (or the C
# library's).
image_libraries() {
    local wanted names name file package missing=0
    wanted=" libc6 $(instructions 1 RUN) "
    names=$(readelf -d "$tmp/image/usr/local/bin/convened" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    [ -n "$names" ] || return 1
    for name in $names; do
        file=$(ldd "$tmp/image/usr/local/bin/convened" | awk -v n="$name" '$1 == n { print $3 }')
        package=$(dpkg-query -S "$file" "/usr$file" 2>/dev/null | head -n 1 | cut -d : -f 1)
        case $wanted in
        *" ${package:-none} "*) ;;
        *) echo "$name is in ${package:-no package}, which is not installed" && missing=1 ;;
        esac
    done
    return $missing
}

# as_image COMMAND…: as the image's user; where root may, with everything but the volume mounted read-only.
as_image() {
    local user group volume=$tmp/image/data
    IFS=: read -r user group <<<"$(instructions 1 USER)"
    if [ "$(id -u)" -ne 0 ]; then
        exec "$@"
    fi
    set -- setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs "$@"
    if unshare --mount true 2>/dev/null; then
        # shellcheck disable=SC2016 # for the inner shell
        set -- unshare --mount --propagation private sh -c 'mount --bind "$0" "$0" &&
            mount -o remount,bind,ro / && mkdir "$0/probe" && rmdir "$0/probe" && exec "$@"' "$volume" "$@"
    fi
    exec "$@"
}

# The command line of ENTRYPOINT and $1 (CMD or HEALTHCHECK) in $image_line, with this test's folder and
# ports.
image_line() {
    local words word
    IFS=$'\t' read -r -a words <<<"$(instructions 1 "$1")"
    [ "$1" != CMD ] || words=("$(instructions 1 ENTRYPOINT)" "${words[@]}")
    image_line=()
    for word in "${words[@]}"; do
        case $word in
        convened) word=$tmp/image/usr/local/bin/convened ;;
        /data) word=$tmp/image/data ;;
        0.0.0.0:*) word=127.0.0.1:0 ;;
        127.0.0.1:*) word=127.0.0.1:$image_port ;;
        esac
        image_line+=("$word")
    done
}

# Starts the image's command: $image_pid, $image_port.
image_start() {
    local user dir
    user=$(instructions 1 USER)
    dir=$tmp/image$(instructions 1 WORKDIR)
    install -d -m 0700 "$tmp/image/data"
    [ "$(id -u)" -ne 0 ] || chown "$user" "$tmp/image/data"
    image_port=0
    image_line CMD
    (cd "$dir" && as_image "${image_line[@]}") >"$tmp/image.log" 2>&1 &
    image_pid=$!
    tap_pids+=("$image_pid")
    until_true 20 grep -q '^listening on http://127' "$tmp/image.log" || { cat "$tmp/image.log"; return 1; }
    image_port=$(sed -n 's#^listening on http://127\.0\.0\.1:\([0-9]*\).*#\1#p' "$tmp/image.log" | head -n 1)
}

image_healthy() {
    image_line HEALTHCHECK
    (as_image "${image_line[@]}")
}

# The Dockerfile's stop signal ends it in the 5 s that it has to drain, with status 0.
image_stop() {
    kill -s "$(instructions 1 STOPSIGNAL)" "$image_pid"
    until_true 5 eval "! kill -0 $image_pid" || { echo "still running after 5 s"; return 1; }
    wait "$image_pid"
    same 0 $?
}

image_unhealthy() {
    ! image_healthy
}
