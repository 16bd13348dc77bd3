# shellcheck shell=bash disable=SC2154 # $tmp and $root come from deploy.sh
# nginx and Caddy with the configurations of server/deploy, started on free ports in front of an upstream.
# After start_nginx or start_caddy: $proxy_tls and $proxy_plain are its ports, $proxy_pid its process.

# curl as a phone would: over TLS, trusting the test's certificate only.
phone() {
    curl -sS --max-time 20 --cacert "$tmp/cert.pem" "$@"
}

# nginx_site UPSTREAM_PORT: the site file with this test's ports, name and certificate put in.
nginx_site() {
    sed -e "s/127\.0\.0\.1:8080/127.0.0.1:$1/" \
        -e "s/listen 443/listen 127.0.0.1:$proxy_tls/" -e "s/listen 80;/listen 127.0.0.1:$proxy_plain;/" \
        -e '/listen \[::\]/d' -e 's/convened\.example\.org/localhost/' \
        -e "s#/etc/ssl/convened/fullchain.pem#$tmp/cert.pem#" \
        -e "s#/etc/ssl/convened/privkey.pem#$tmp/key.pem#" "$root/server/deploy/nginx.conf"
}

# run_nginx UPSTREAM_PORT DIRECTORY
run_nginx() {
    nginx_site "$1" >"$2/site.conf"
    {
        [ "$(id -u)" -ne 0 ] || echo "user root;"
        echo "worker_processes 1; daemon off; pid $2/pid; error_log $2/log;"
        echo "events { worker_connections 128; }"
        echo "http { client_body_temp_path $2/body; proxy_temp_path $2/proxy; fastcgi_temp_path $2/fastcgi;"
        echo "    uwsgi_temp_path $2/uwsgi; scgi_temp_path $2/scgi; include $2/site.conf; }"
    } >"$2/nginx.conf"
    exec nginx -p "$2" -e "$2/log" -c "$2/nginx.conf"
}

# run_caddy UPSTREAM_PORT DIRECTORY
run_caddy() {
    export CONVENED_HOST=localhost CONVENED_UPSTREAM=127.0.0.1:$1 CONVENED_TLS="$tmp/cert.pem $tmp/key.pem"
    export CONVENED_HTTP_PORT=$proxy_plain CONVENED_HTTPS_PORT=$proxy_tls CONVENED_CADDY_ADMIN=off
    export HOME=$2 XDG_DATA_HOME=$2 XDG_CONFIG_HOME=$2
    exec caddy run --config "$root/server/deploy/Caddyfile" --adapter caddyfile 2>"$2/log"
}

# It answers, and so it is really there; which status is for the checks to say.
proxy_answers() {
    kill -0 "$proxy_pid" && phone -o /dev/null "https://localhost:$proxy_tls/healthz"
}

# start_proxy nginx|caddy UPSTREAM_PORT: a port may be taken between choosing and binding, hence the loop.
start_proxy() {
    local dir attempt
    for attempt in 1 2 3; do
        dir=$tmp/$1-$2-$attempt
        mkdir -p "$dir"
        proxy_tls=$(free_port)
        proxy_plain=$(free_port)
        "run_$1" "$2" "$dir" &
        proxy_pid=$!
        tap_pids+=("$proxy_pid")
        until_true 5 proxy_answers && return 0
        stop "$proxy_pid"
    done
    sed 's/^/# /' "$dir/log"
    return 1
}
