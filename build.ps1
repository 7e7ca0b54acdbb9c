<#
.SYNOPSIS
One command per task, as build.sh: see `./build.ps1 help`. On Linux it is the same build; on Windows it builds slungd.exe.
#>
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
Set-Location $PSScriptRoot

$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_SKIP_FIRST_TIME_EXPERIENCE = '1'

$onWindows = [System.Environment]::OSVersion.Platform -eq 'Win32NT'
$suffix = if ($onWindows) { '.exe' } else { '' }
$binary = "artifacts/slungd$suffix"
$passed = 0
$failed = 0
$skipped = 0

function Show-Usage {
    @'
usage: ./build.ps1 [command] [arguments]

  build [--cpu C]      artifacts/slungd, one stripped native executable (the default command)
  run [arguments]      build, then start the daemon with these arguments
  test [filter]        build, then run every test, the end-to-end ones against artifacts/slungd
  tidy                 the house rules alone: imports, lengths, banned calls, links
  fuzz [target] [s]    fuzz one target, or all of them, for s seconds each (60)
  bench [arguments]    build, then the benchmarks
  all                  test, then a short fuzz of every target and the short benchmarks
  clean                delete artifacts, bin and obj folders

  --cpu v2|v3|v4|native   the x86-64 level to compile for (v3). On Arm the compiler's default, or native.

deb, image-root and docker-check need Linux: use build.sh.
'@
}

function Stop-Usage([string] $message) {
    [Console]::Error.WriteLine("build.ps1: $message")
    [Console]::Error.WriteLine((Show-Usage))
    exit 2
}

function Stop-Failed([string] $message) {
    [Console]::Error.WriteLine("build.ps1: $message")
    exit 1
}

# ---- what the machine offers -------------------------------------------------------------------------------------

function Confirm-Dotnet {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        Stop-Failed 'the .NET 10 SDK is missing: https://dotnet.microsoft.com/download'
    }
}

# The native compiler finds the linker by itself on Windows (Visual Studio's C++ tools) and says so when it can't.
function Confirm-Linker {
    if ($onWindows) { return }
    if (-not (Get-Command clang, gcc -ErrorAction SilentlyContinue)) {
        Stop-Failed "the native link needs clang or gcc with the C library's headers (Debian: clang libc6-dev zlib1g-dev)"
    }
    if (-not (Get-Command objcopy -ErrorAction SilentlyContinue)) {
        Stop-Failed 'stripping the executable needs objcopy (Debian: binutils)'
    }
}

function Get-Architecture {
    [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant()
}

function Get-RuntimeIdentifier {
    $system = if ($onWindows) { 'win' } else { 'linux' }
    $architecture = Get-Architecture
    if ($architecture -notin 'x64', 'arm64') { Stop-Failed "no native build for $architecture" }
    "$system-$architecture"
}

function Get-InstructionSet([string] $cpu) {
    switch -CaseSensitive ("$(Get-Architecture)/$cpu") {
        'x64/' { return 'x86-x64-v3' }
        { $_ -in 'x64/v2', 'x64/v3', 'x64/v4' } { return "x86-x64-$cpu" }
        { $_ -like '*/native' } { return 'native' }
        'arm64/' { return '' }
        default { Stop-Usage "--cpu ${cpu}: expected v2, v3, v4 or native (on Arm: native)" }
    }
}

# .NET 10 when the feed serves its NativeAOT pack for this machine, else .NET 9. The answer is remembered, since asking
# takes seconds; a new SDK or `clean` asks again.
function Get-NativeFramework([string] $runtime) {
    $memory = 'artifacts/native/framework'
    $sdk = (& dotnet --version).Trim()
    if (Test-Path $memory) {
        $framework, $rest = (Get-Content $memory -Raw).Trim() -split ' ', 2
        if ($rest -eq "$sdk $runtime") { return $framework }
    }
    New-Item -ItemType Directory -Force 'artifacts/native' | Out-Null
    $output = & dotnet restore slungd.csproj -p:SlungTfm=net10.0 -p:PublishAot=true -r $runtime `
        --artifacts-path artifacts/native/probe 2>&1 | Out-String
    if ($LASTEXITCODE -eq 0) {
        Set-Content $memory "net10.0 $sdk $runtime"
        return 'net10.0'
    }
    if ($output -match 'NU110[0-3]') { Set-Content $memory "net9.0 $sdk $runtime" }
    else { [Console]::Error.WriteLine($output) }
    'net9.0'
}

# ---- build -------------------------------------------------------------------------------------------------------

function Invoke-Build([string[]] $arguments) {
    $cpu = ''
    for ($i = 0; $i -lt $arguments.Count; $i++) {
        if ($arguments[$i] -eq '--cpu') {
            if (++$i -ge $arguments.Count) { Stop-Usage '--cpu needs a value' }
            $cpu = $arguments[$i]
        }
        elseif ($arguments[$i] -like '--cpu=*') { $cpu = $arguments[$i].Substring(6) }
        else { Stop-Usage "unknown argument of build: $($arguments[$i])" }
    }
    $level = Get-InstructionSet $cpu
    Confirm-Dotnet
    Confirm-Linker
    $runtime = Get-RuntimeIdentifier
    $framework = Get-NativeFramework $runtime
    $why = if ($framework -eq 'net10.0') { '' } else { ' (the package feed has no .NET 10 NativeAOT pack)' }
    $shown = if ($level) { $level } else { 'of the compiler' }
    [Console]::Error.WriteLine("native build: $framework$why, $runtime, instruction set $shown")

    New-Item -ItemType Directory -Force 'artifacts/native', 'artifacts/symbols' | Out-Null
    $log = & dotnet publish slungd.csproj -c Release -r $runtime -p:PublishAot=true "-p:SlungTfm=$framework" `
        "-p:SlungCpu=$level" --artifacts-path artifacts/native -o artifacts/native/out 2>&1 | Out-String
    Set-Content 'artifacts/native/build.log' $log
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine($log)
        Stop-Failed 'the native build failed'
    }
    Get-ChildItem 'artifacts/native/out' -Include '*.dbg', '*.pdb' -Recurse | Move-Item -Destination 'artifacts/symbols' -Force
    # A running daemon keeps its old file: replace, never write into it.
    Copy-Item "artifacts/native/out/slungd$suffix" "$binary.new" -Force
    Move-Item "$binary.new" $binary -Force
    [Console]::Error.WriteLine("${binary}: $((Get-Item $binary).Length) bytes")
}

# ---- tests -------------------------------------------------------------------------------------------------------

# Runs the tests of one configuration. Adds to the totals; a run that ended badly counts as one failure at least.
function Invoke-TestRun([string] $configuration, [string] $filter) {
    $results = "artifacts/tests/results/$configuration"
    Remove-Item $results -Recurse -Force -ErrorAction SilentlyContinue
    $arguments = @('test', 'Tests/Tests.csproj', '-c', $configuration, '--artifacts-path', 'artifacts/tests', '--nologo',
        '-v', 'quiet', '--results-directory', $results, '--logger', 'trx;LogFileName=run.trx',
        '--logger', 'console;verbosity=minimal')
    if ($filter) { $arguments += @('--filter', $filter) }
    & dotnet @arguments | Out-Host
    $status = $LASTEXITCODE
    $runPassed = 0
    $runFailed = 0
    if (Test-Path "$results/run.trx") {
        $run = ([xml](Get-Content "$results/run.trx" -Raw)).TestRun
        $run.Results.UnitTestResult | Where-Object outcome -eq 'NotExecuted' |
            ForEach-Object { Write-Host "skipped $($_.testName): $($_.Output.ErrorInfo.Message)" }
        $counters = $run.ResultSummary.Counters
        $runPassed = [int]$counters.passed
        $runFailed = [int]$counters.failed
        $script:skipped += [int]$counters.total - $runPassed - $runFailed
    }
    if ($status -ne 0 -and $runFailed -eq 0) { $runFailed = 1 }
    $script:passed += $runPassed
    $script:failed += $runFailed
}

function Complete-Tests {
    if ($passed + $failed -eq 0) {
        $script:failed = 1
        [Console]::Error.WriteLine('no test ran')
    }
    $line = "$passed passed, $failed failed"
    if ($skipped -gt 0) { $line += ", $skipped skipped" }
    $line
    if ($failed -gt 0) { exit 1 }
}

function Invoke-AllTests([string] $filter) {
    Invoke-Build @()
    $env:SLUNGD_BINARY = Join-Path $PSScriptRoot $binary
    Invoke-TestRun 'Release' $filter
    # The checks that exist only in Debug builds; the native executable and the text of the sources are the same there.
    $managed = 'FullyQualifiedName!~.EndToEnd.&FullyQualifiedName!~.Tidy.'
    if ($filter) { $managed += "&($filter)" }
    Invoke-TestRun 'Debug' $managed
    if ($filter) { return }
    # Benchmarks that nobody runs rot: each once, with few points, counts as one test.
    Invoke-Bench @('--smoke')
    if ($LASTEXITCODE -eq 0) { $script:passed++ } else { $script:failed++ }
}

# ---- commands ----------------------------------------------------------------------------------------------------

# The tests' own entry point, for what is no test run: fuzzing.
function Invoke-TestRunner([string[]] $arguments) {
    Confirm-Dotnet
    & dotnet build Tests/Tests.csproj -c Release --artifacts-path artifacts/tests --nologo -v quiet | Out-Host
    if ($LASTEXITCODE -ne 0) { Stop-Failed 'the tests do not build' }
    & dotnet artifacts/tests/bin/Tests/release/slungd.tests.dll @arguments | Out-Host
}

# Without arguments every short benchmark; `--smoke` each once with few points; anything else goes to BenchmarkDotNet.
function Invoke-Bench([string[]] $arguments) {
    $env:SLUNGD_BINARY = Join-Path $PSScriptRoot $binary
    & dotnet run --project Bench/Bench.csproj -c Release --artifacts-path artifacts/bench -- @arguments | Out-Host
}

$command = if ($args.Count -gt 0) { [string]$args[0] } else { 'build' }
[string[]] $rest = @($args | Select-Object -Skip 1)
if ($command -like '--cpu*') {
    [string[]] $rest = @($args)
    $command = 'build'
}
switch -CaseSensitive ($command) {
    'build' { Invoke-Build $rest }
    'run' {
        Invoke-Build @()
        & $binary @rest
        exit $LASTEXITCODE
    }
    'test' {
        Invoke-AllTests $(if ($rest.Count -gt 0) { $rest[0] } else { '' })
        Complete-Tests
    }
    'tidy' {
        Confirm-Dotnet
        Invoke-TestRun 'Release' 'FullyQualifiedName~.Tidy.'
        Complete-Tests
    }
    'fuzz' {
        Invoke-TestRunner (@('fuzz') + $rest)
        exit $LASTEXITCODE
    }
    'bench' {
        Invoke-Build @()
        Invoke-Bench $rest
        exit $LASTEXITCODE
    }
    'all' {
        Invoke-AllTests ''
        Invoke-TestRunner @('fuzz', 'all', '5')
        if ($LASTEXITCODE -ne 0) { exit 1 }
        Invoke-Bench @()
        if ($LASTEXITCODE -ne 0) { exit 1 }
        Complete-Tests
    }
    'clean' { Remove-Item artifacts, bin, obj, Tests/bin, Tests/obj, Bench/bin, Bench/obj -Recurse -Force -ErrorAction SilentlyContinue }
    { $_ -in 'help', '--help', '-h' } { Show-Usage }
    { $_ -in 'image-root', 'docker-check' } { Stop-Failed "$command needs Linux: use build.sh" }
    default { Stop-Usage "unknown command: $command" }
}
