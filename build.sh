#!/usr/bin/env bash
# One command per task; .ci/run and the Dockerfile call only this file. build.ps1 mirrors it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly binary="artifacts/slungd"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

usage() {
  cat <<'TEXT'
usage: ./build.sh [command] [arguments]

  build [--cpu C]      artifacts/slungd, one stripped native executable (the default command)
  run [arguments]      build, then start the daemon with these arguments
  test [filter]        build, then run every test, the end-to-end ones against artifacts/slungd
  tidy                 the house rules alone: imports, lengths, banned calls, links
  fuzz [target] [s]    fuzz one target, or all of them, for s seconds each (60)
  bench [arguments]    build, then the benchmarks
  image-root DIR       lay out the files of the container image's final stage under DIR
  docker-check         run that layout in a chroot: health check, WebSocket upgrade (needs root)
  deb [DIR]            build, then a Debian package in DIR (artifacts)
  pack [DIR]           the package alone, of artifacts/slungd as it is
  all                  test, then a short fuzz of every target and the short benchmarks
  clean                delete artifacts, bin and obj folders

  --cpu v2|v3|v4|native   the x86-64 level to compile for (v3). On Arm the compiler's default, or native.
TEXT
}

say() { printf '%s\n' "$*" >&2; }
fail() { say "build.sh: $*"; exit 1; }
wrong_usage() { say "build.sh: $*"; usage >&2; exit 2; }

# ---- what the machine offers -------------------------------------------------------------------------------------

# Installs Debian packages when we may; never fails: the caller looks again for what it needs.
install_packages() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 0; fi
  say "installing: $*"
  # A test needs the program, not the service that its package would start.
  local policy=/usr/sbin/policy-rc.d made=""
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=1; fi
  local install=(apt-get install -y -qq --no-install-recommends "$@")
  if ! DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive "${install[@]}" >/dev/null 2>&1 || say "could not install: $*"
  fi
  if [ -n "$made" ]; then rm -f "$policy"; fi
}

need_dotnet() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download"
}

need_linker() {
  if ! command -v clang >/dev/null && ! command -v gcc >/dev/null; then install_packages clang libc6-dev zlib1g-dev; fi
  command -v clang >/dev/null || command -v gcc >/dev/null ||
    fail "the native link needs clang or gcc with the C library's headers (Debian: clang libc6-dev zlib1g-dev)"
  command -v objcopy >/dev/null || install_packages binutils
  command -v objcopy >/dev/null || fail "stripping the executable needs objcopy (Debian: binutils)"
}

# What some end-to-end tests need; they skip with a reason where it stays missing.
need_test_tools() {
  if [ "$(uname -m)" = x86_64 ] && ! command -v qemu-x86_64 >/dev/null; then install_packages qemu-user; fi
  command -v prometheus >/dev/null || install_packages prometheus
  need_browser
  need_senders
  command -v zsh >/dev/null || install_packages zsh
  command -v fish >/dev/null || install_packages fish
  command -v prometheus-node-exporter >/dev/null || install_packages prometheus-node-exporter
  need_guest_compilers
}

# For the page.
need_browser() {
  command -v chromium >/dev/null || install_packages chromium fonts-dejavu-core
  need_npm_tool playwright-core 1.65.1
}

# What was made for other servers.
need_senders() {
  command -v collectd >/dev/null || install_packages collectd-core
  need_npm_tool hot-shots 17.1.1
  command -v influx >/dev/null || install_packages influxdb-client
  need_npm_tool @influxdata/influxdb-client 1.35.0
  need_npm_tool @opentelemetry/exporter-metrics-otlp-http 0.223.0
  need_npm_tool @opentelemetry/exporter-metrics-otlp-grpc 0.223.0
}

need_npm_tool() { # $1: package, $2: version
  local tools="$PWD/artifacts/tools"
  if [ -d "$tools/node_modules/$1" ] || ! command -v npm >/dev/null; then return 0; fi
  say "installing: $1"
  npm install --silent --no-audit --no-fund --prefix "$tools" "$1@$2" >/dev/null 2>&1 || say "could not install: $1"
}

# For the examples of Workflows/Sdk.
need_guest_compilers() {
  command -v wasm-ld >/dev/null || install_packages clang lld wasi-libc libclang-rt-dev-wasm32
  [ -d /usr/lib/rustlib/wasm32-unknown-unknown ] || install_packages rustc libstd-rust-dev-wasm32
  command -v asc >/dev/null || need_npm_tool assemblyscript 0.28.20
  PATH="$PATH:$PWD/artifacts/tools/node_modules/.bin"
}

# The charts of the page (docs/page.md): uPlot where npm can be asked for it, our own otherwise. A package with other
# bytes than these is not used.
readonly uplot_version="1.6.32"
readonly uplot_integrity="KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw=="
uplot_folder() { # Prints the folder, or nothing.
  local folder="$PWD/artifacts/native/uplot-$uplot_version" fresh packed
  if [ ! -f "$folder/uplot.js" ]; then
    command -v npm >/dev/null && command -v openssl >/dev/null || return 0
    fresh="$(mktemp -d)"
    packed="$fresh/uplot-$uplot_version.tgz"
    if ! timeout 60 npm pack --silent --pack-destination "$fresh" "uplot@$uplot_version" >/dev/null 2>&1; then
      say "npm has no uplot@$uplot_version: the page gets our own chart"
    elif [ "$(openssl dgst -sha512 -binary "$packed" | openssl base64 -A)" != "$uplot_integrity" ]; then
      say "uplot@$uplot_version is not what it was: the page gets our own chart"
    else
      mkdir -p "$folder"
      tar -xzf "$packed" -C "$fresh"
      cp "$fresh/package/dist/uPlot.min.css" "$folder/uplot.css"
      # The licence wants to go along.
      { printf '/*\n'; cat "$fresh/package/LICENSE"; printf '*/\n'; cat "$fresh/package/dist/uPlot.iife.min.js"; printf '\nexport default uPlot;\n'; } >"$folder/uplot.js"
    fi
    rm -rf "$fresh"
    [ -f "$folder/uplot.js" ] || return 0
  fi
  printf '%s' "$folder"
}

runtime_identifier() {
  local libc="" architecture
  if ldd --version 2>&1 | grep -qi musl; then libc="-musl"; fi
  case "$(uname -m)" in
    x86_64) architecture="x64" ;;
    aarch64) architecture="arm64" ;;
    *) fail "no native build for $(uname -m)" ;;
  esac
  printf 'linux%s-%s' "$libc" "$architecture"
}

instruction_set() { # $1: what --cpu says, or nothing
  case "$(uname -m)/$1" in
    x86_64/) printf 'x86-x64-v3' ;;
    x86_64/v[234]) printf 'x86-x64-%s' "$1" ;;
    */native) printf 'native' ;;
    aarch64/) ;;
    *) wrong_usage "--cpu $1: expected v2, v3, v4 or native (on Arm: native)" ;;
  esac
}

# .NET 10 when the feed serves its NativeAOT pack for this machine, else .NET 9. The answer is remembered, since asking
# takes seconds; a new SDK or `clean` asks again.
native_framework() { # $1: runtime identifier
  local memory="artifacts/native/framework" sdk output
  sdk="$(dotnet --version)"
  if [ -f "$memory" ] && [ "$(cut -d' ' -f2- "$memory")" = "$sdk $1" ]; then cut -d' ' -f1 "$memory"; return; fi
  mkdir -p artifacts/native
  if output="$(dotnet restore slungd.csproj -p:SlungTfm=net10.0 -p:PublishAot=true -r "$1" \
      --artifacts-path artifacts/native/probe 2>&1)"; then
    printf 'net10.0 %s %s\n' "$sdk" "$1" >"$memory"
    printf 'net10.0'
    return
  fi
  if grep -qE 'NU110[0-3]' <<<"$output"; then printf 'net9.0 %s %s\n' "$sdk" "$1" >"$memory"; else say "$output"; fi
  printf 'net9.0'
}

# ---- build -------------------------------------------------------------------------------------------------------

build() {
  local cpu=""
  while [ $# -gt 0 ]; do
    case "$1" in
      --cpu) [ $# -ge 2 ] || wrong_usage "--cpu needs a value"; cpu="$2"; shift 2 ;;
      --cpu=*) cpu="${1#--cpu=}"; shift ;;
      *) wrong_usage "unknown argument of build: $1" ;;
    esac
  done
  local level runtime framework
  level="$(instruction_set "$cpu")"
  need_dotnet
  need_linker
  runtime="$(runtime_identifier)"
  framework="$(native_framework "$runtime")"
  local why=""
  [ "$framework" = net10.0 ] || why=" (the package feed has no .NET 10 NativeAOT pack)"
  say "native build: $framework$why, $runtime, instruction set ${level:-of the compiler}"
  local log="artifacts/native/build.log"
  mkdir -p artifacts/native artifacts/symbols
  if ! dotnet publish slungd.csproj -c Release -r "$runtime" -p:PublishAot=true "-p:SlungTfm=$framework" \
      "-p:SlungCpu=$level" "-p:SlungUPlot=$(uplot_folder)" --artifacts-path artifacts/native \
      -o artifacts/native/out >"$log" 2>&1; then
    cat "$log" >&2
    fail "the native build failed"
  fi
  mv -f artifacts/native/out/slungd.dbg artifacts/symbols/
  # A running daemon keeps its old file: replace, never write into it.
  cp artifacts/native/out/slungd "$binary.new"
  mv -f "$binary.new" "$binary"
  say "$binary: $(stat -c %s "$binary") bytes"
}

run() {
  build
  exec "$binary" "$@"
}

# ---- tests -------------------------------------------------------------------------------------------------------

# Runs the tests of one configuration. Adds to the totals; a run that ended badly counts as one failure at least.
passed=0 failed=0 skipped=0 failures=""
run_tests() { # $1: configuration, $2: filter or nothing
  local results="artifacts/tests/results/$1" status=0
  rm -rf "$results"
  dotnet test Tests/Tests.csproj -c "$1" --artifacts-path artifacts/tests --nologo -v quiet --results-directory "$results" \
    --logger "trx;LogFileName=run.trx" --logger "console;verbosity=minimal" ${2:+--filter "$2"} || status=$?
  local counters=""
  if [ -f "$results/run.trx" ]; then
    counters="$(grep -o '<Counters [^>]*>' "$results/run.trx" || true)"
    show_skipped "$results/run.trx"
    failures+="$(show_failed "$results/run.trx" "$1")"$'\n'
  fi
  local total run_passed run_failed
  total="$(counter "$counters" total)"
  run_passed="$(counter "$counters" passed)"
  run_failed="$(counter "$counters" failed)"
  skipped=$((skipped + total - run_passed - run_failed))
  if [ "$status" != 0 ] && [ "$run_failed" = 0 ]; then run_failed=1; fi
  passed=$((passed + run_passed))
  failed=$((failed + run_failed))
}

show_skipped() { # $1: the results: each skipped test with its reason
  awk -F'[<>]' '
    /<UnitTestResult .*outcome="NotExecuted"/ { name = $0; sub(/.* testName="/, "", name); sub(/" .*/, "", name) }
    /<UnitTestResult .*outcome="Passed"/ { name = "" }
    name != "" && /<Message>/ { print "skipped " name ": " $3; name = "" }' "$1"
}

# Each failed test with the beginning of what it said: told once more at the end, where a reader of a long log looks.
show_failed() { # $1: the results, $2: configuration
  awk -v configuration="$2" '
    /<UnitTestResult .*outcome="Failed"/ { name = $0; sub(/.* testName="/, "", name); sub(/" .*/, "", name)
      print "failed (" configuration ") " name; lines = 0 }
    /<UnitTestResult .*outcome="(Passed|NotExecuted)"/ { name = "" }
    name != "" && /<Message>/ { lines = 12 }
    /<\/ErrorInfo>/ { lines = 0 }
    name != "" && lines > 0 { text = $0; gsub(/^ *<(Message|StackTrace)>|<\/(Message|StackTrace)>$/, "", text); print "  " text; lines-- }
  ' "$1" | sed -n '1,100p'
}

counter() { # $1: the Counters element, $2: which
  local value
  value="$(sed -nE "s/.* $2=\"([0-9]+)\".*/\1/p" <<<"$1")"
  printf '%s' "${value:-0}"
}

finish_tests() {
  if [ $((passed + failed)) = 0 ]; then failed=1; say "no test ran"; fi
  local line="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || line="$line, $skipped skipped"
  [ "$failed" = 0 ] || printf '%s\n' "$failures" | sed '/^$/d'
  printf '%s\n' "$line"
  [ "$failed" = 0 ]
}

run_all_tests() { # $1: filter or nothing
  build
  need_test_tools
  export SLUNGD_BINARY="$PWD/$binary"
  run_tests Release "${1:-}"
  # The checks that exist only in Debug builds; the native executable and the text of the sources are the same there.
  local managed='FullyQualifiedName!~.EndToEnd.&FullyQualifiedName!~.Tidy.'
  run_tests Debug "$managed${1:+&($1)}"
  [ -n "${1:-}" ] || run_bench_smoke
}

# Benchmarks that nobody runs rot: each once, with few points, counts as one test.
run_bench_smoke() {
  if bench --smoke; then passed=$((passed + 1)); else failed=$((failed + 1)) failures+="failed: the short benchmarks"$'\n'; fi
}

# ---- the container image -----------------------------------------------------------------------------------------

# What the executable needs outside itself. TLS loads OpenSSL by name when it is first used; plain WebSocket never does.
runtime_files() {
  local name library
  ldd "$binary" | grep -oE '/[^ ]+'
  for name in libssl.so.3 libcrypto.so.3; do
    library="$(ldconfig -p | sed -nE "s/.*$name .* => (.*)/\1/p" | head -n 1)"
    [ -n "$library" ] || continue
    printf '%s\n' "$library"
    ldd "$library" | grep -oE '/[^ ]+'
  done
  [ ! -f /etc/ssl/certs/ca-certificates.crt ] || printf '/etc/ssl/certs/ca-certificates.crt\n'
}

# The final stage of the Dockerfile copies DIR/root and DIR/data and nothing else.
image_root() {
  [ $# = 1 ] || wrong_usage "image-root needs a folder"
  [ -x "$binary" ] || fail "$binary is missing: ./build.sh build"
  rm -rf "$1"
  mkdir -p "$1/root" "$1/data"
  cp "$binary" "$1/root/slungd"
  runtime_files | sort -u | xargs cp -L --parents -t "$1/root"
}

# ---- the Debian package ------------------------------------------------------------------------------------------

# The executable with what belongs to it: manual page, completions, systemd unit, a configuration that an upgrade keeps.
deb() ( # a shell of its own, whose end cleans up
  [ -x "$binary" ] || fail "$binary is missing: ./build.sh build"
  command -v dpkg-deb >/dev/null || fail "packing needs dpkg-deb (Debian: dpkg)"
  local to="${1:-artifacts}" root version architecture libc
  version="$("$binary" --version | sed -n 's/^slungd //p')"
  architecture="$(dpkg --print-architecture)"
  libc="$(objdump -T "$binary" | sed -nE 's/.*GLIBC_([0-9.]+).*/\1/p' | sort -uV | tail -n 1)"
  root="$(mktemp -d)"
  trap 'rm -rf "$root"' EXIT
  chmod 755 "$root"
  local share="$root/usr/share"
  install -D -m 755 "$binary" "$root/usr/bin/slungd"
  install -D -m 644 -t "$root/usr/lib/systemd/system" docs/deploy/slungd.service docs/deploy/slungd.socket
  install -D -m 644 docs/deploy/copyright "$share/doc/slungd/copyright"
  install -d "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" \
    "$share/fish/vendor_completions.d" "$root/etc/slungd" "$root/DEBIAN"
  gzip -9nc CHANGELOG.md >"$share/doc/slungd/CHANGES.md.gz"
  deb_changelog "$version" | gzip -9n >"$share/doc/slungd/changelog.gz"
  install -d "$share/lintian/overrides"
  # The runtime's own zlib; systemctl is asked for only where systemd runs.
  printf 'slungd: %s\n' 'embedded-library' 'maintainer-script-calls-systemctl' >"$share/lintian/overrides/slungd"
  "$binary" man | gzip -9n >"$share/man/man1/slungd.1.gz"
  "$binary" completion bash >"$share/bash-completion/completions/slungd"
  "$binary" completion zsh >"$share/zsh/vendor-completions/_slungd"
  "$binary" completion fish >"$share/fish/vendor_completions.d/slungd.fish"
  printf '{\n}\n' >"$root/etc/slungd/slungd.json"
  printf '/etc/slungd/slungd.json\n' >"$root/DEBIAN/conffiles"
  cat >"$root/DEBIAN/control" <<TEXT
Package: slungd
Version: $version
Architecture: $architecture
Maintainer: the slungd maintainers <maintainers@slungd.invalid>
Section: database
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: libc6 (>= $libc), adduser
Recommends: libssl3 | libssl3t64
Suggests: libzstd1
Description: time-series data platform in one executable
 Takes in points over a binary WebSocket and common metrics protocols, keeps
 them durable and tightly compressed, answers its own query language and
 PromQL, and runs WebAssembly workflows beside the data.
TEXT
  cat >"$root/DEBIAN/postinst" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = configure ] && ! getent passwd slungd >/dev/null; then
  adduser --system --group --no-create-home --home /var/lib/slungd slungd
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # A running daemon is replaced; whether it starts by itself is the administrator's choice.
  systemctl try-restart slungd.service
fi
TEXT
  cat >"$root/DEBIAN/prerm" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now slungd.socket slungd.service || true; fi
TEXT
  cat >"$root/DEBIAN/postrm" <<'TEXT'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
if [ "$1" = purge ]; then
  rmdir --ignore-fail-on-non-empty /etc/slungd 2>/dev/null || true
  # What was collected is nobody's but the administrator's to delete.
  if [ -d /var/lib/slungd ]; then echo "slungd: the data stays in /var/lib/slungd"; fi
fi
TEXT
  chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  mkdir -p "$to"
  dpkg-deb --root-owner-group --build "$root" "$to/slungd_${version}_$architecture.deb" >&2
  printf '%s\n' "$to/slungd_${version}_$architecture.deb"
)

deb_changelog() { # $1: version
  printf 'slungd (%s) unstable; urgency=medium\n\n  * See CHANGES.md.gz.\n\n' "$1"
  printf ' -- the slungd maintainers <maintainers@slungd.invalid>  %s\n' \
    "$(git log -1 --format=%cD 2>/dev/null || date -R)"
}

# ---- commands ----------------------------------------------------------------------------------------------------

test_runner() { # The tests' own entry point, for what is no test run: fuzzing.
  need_dotnet
  dotnet build Tests/Tests.csproj -c Release --artifacts-path artifacts/tests --nologo -v quiet >&2
  dotnet artifacts/tests/bin/Tests/release/slungd.tests.dll "$@"
}

# Without arguments every short benchmark; `--smoke` each once with few points; anything else goes to BenchmarkDotNet.
bench() {
  SLUNGD_BINARY="$PWD/$binary" dotnet run --project Bench/Bench.csproj -c Release --artifacts-path artifacts/bench -- "$@"
}

clean() {
  rm -rf artifacts bin obj Tests/bin Tests/obj Bench/bin Bench/obj
}

main() {
  local command="${1:-build}"
  [ $# = 0 ] || shift
  case "$command" in
    --cpu*) build "$command" "$@" ;;
    build) build "$@" ;;
    run) run "$@" ;;
    test) run_all_tests "${1:-}"; finish_tests ;;
    tidy) need_dotnet; run_tests Release 'FullyQualifiedName~.Tidy.'; finish_tests ;;
    fuzz) test_runner fuzz "$@" ;;
    bench) build; bench "$@" ;;
    deb) build; deb "$@" ;;
    pack) deb "$@" ;;
    image-root) image_root "$@" ;;
    docker-check) build; export SLUNGD_BINARY="$PWD/$binary"; run_tests Release 'FullyQualifiedName~.ImageTests'; finish_tests ;;
    all) run_all_tests; test_runner fuzz all 5; bench; finish_tests ;;
    clean) clean ;;
    help|--help|-h) usage ;;
    *) wrong_usage "unknown command: $command" ;;
  esac
}

main "$@"
