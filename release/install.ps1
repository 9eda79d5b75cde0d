<#
.SYNOPSIS
Installs pls for this user, from the archives of a release.

.DESCRIPTION
    irm https://github.com/plasmite/pls/releases/latest/download/install.ps1 | iex

It downloads the archive for Windows and SHA256SUMS, compares, tries what it got, and puts it into
place. Until then nothing is changed, and whatever fails leaves nothing behind. It needs no
administrator.

Piped into iex it takes no parameters; these variables of the environment do the same.

.PARAMETER Version
That release instead of the latest one. Also PLS_VERSION.

.PARAMETER Uninstall
Remove pls again. Pools stay.

.NOTES
PLS_INSTALL_DIR  Where to put it, instead of %LOCALAPPDATA%\Programs\pls.
PLS_BASE_URL     A mirror of https://github.com/plasmite/pls/releases, with the archives in
                 latest/download/ and download/vX.Y.Z/.
#>
param(
    [string] $Version = $env:PLS_VERSION,
    [switch] $Uninstall
)

# Everything is in a function that the last line calls: half a script does nothing.
function Install-Pls {
    param([string] $Version, [bool] $Uninstall)

    Set-StrictMode -Version 3
    $ErrorActionPreference = 'Stop'
    # Drawing the bar takes longer than the download in Windows PowerShell.
    $ProgressPreference = 'SilentlyContinue'

    $repository = 'plasmite/pls'
    $releases = "https://github.com/$repository/releases"
    $directory = $env:PLS_INSTALL_DIR
    if (-not $directory) { $directory = Join-Path $env:LOCALAPPDATA 'Programs\pls' }
    $installed = Join-Path $directory 'pls.exe'

    if ($Uninstall) {
        if (-not (Test-Path -LiteralPath $installed -PathType Leaf)) {
            throw "there is no $installed. Set PLS_INSTALL_DIR to where it is."
        }
        Remove-Item -LiteralPath $installed -Force
        Write-Host "removed $installed. Pools stay where they are: by default in ~\.plasmite"
        return
    }

    # A 32-bit PowerShell says the true processor in the second variable.
    $processor = $env:PROCESSOR_ARCHITEW6432
    if (-not $processor) { $processor = $env:PROCESSOR_ARCHITECTURE }
    # Windows on Arm runs programs for x86_64.
    if ($processor -notin 'AMD64', 'ARM64') {
        throw "there is no pls for $processor processors, but for x86_64"
    }
    $archive = 'pls-x86_64-pc-windows-msvc.tar.gz'

    $base = $env:PLS_BASE_URL
    if (-not $base) { $base = $releases }
    $base = $base.TrimEnd('/')
    # Over plain HTTP only from this machine: anyone in between could change archive and sum.
    if ($base -notmatch '^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])') {
        throw "PLS_BASE_URL must begin with https://: $base"
    }
    $source = "$base/latest/download"
    if ($Version) {
        $Version = $Version -replace '^v', ''
        if ($Version -notmatch '^[0-9][0-9A-Za-z.+-]*$') { throw "not a version: $Version" }
        $source = "$base/download/v$Version"
    }

    # That of Windows: others take the C: of a path for the name of a machine.
    $tar = Join-Path $env:SystemRoot 'System32\tar.exe'
    if (-not (Test-Path -LiteralPath $tar)) {
        throw 'tar.exe is needed to unpack pls: it comes with Windows 10 1803 and later'
    }
    # Windows PowerShell does not offer it by itself on older systems.
    [Net.ServicePointManager]::SecurityProtocol =
        [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

    $scratch = Join-Path ([IO.Path]::GetTempPath()) "pls-install-$([guid]::NewGuid())"
    $staged = Join-Path $directory "pls-new-$([guid]::NewGuid()).exe"
    try {
        New-Item -ItemType Directory -Path $scratch | Out-Null
        foreach ($name in 'SHA256SUMS', $archive) {
            Write-Host "downloading $source/$name"
            try {
                Invoke-WebRequest -UseBasicParsing -Uri "$source/$name" `
                    -OutFile (Join-Path $scratch $name)
            } catch {
                throw "could not download $source/${name}: $_"
            }
        }

        $sums = @(Get-Content -LiteralPath (Join-Path $scratch 'SHA256SUMS') |
            Where-Object { $_ -cmatch "^[0-9a-f]{64} [ *]$([regex]::Escape($archive))$" })
        if ($sums.Count -ne 1) { throw "SHA256SUMS has no sum of ${archive}: nothing was installed" }
        $wanted = $sums[0].Substring(0, 64)
        $actual = (Get-FileHash -Algorithm SHA256 -LiteralPath (Join-Path $scratch $archive)).Hash
        if ($actual -ne $wanted) {
            throw "$archive is damaged or was changed: its SHA-256 is $actual, and should be " +
                "$wanted. Nothing was installed."
        }

        & $tar -xzf (Join-Path $scratch $archive) -C $scratch pls.exe
        if ($LASTEXITCODE -ne 0) { throw "could not unpack $archive" }

        # It is tried where it will be.
        New-Item -ItemType Directory -Path $directory -Force | Out-Null
        Copy-Item -LiteralPath (Join-Path $scratch 'pls.exe') -Destination $staged
        $said = & $staged --version
        if ($LASTEXITCODE -ne 0) {
            throw 'what was downloaded does not run here; nothing was installed'
        }
        Move-IntoPlace -New $staged -Place $installed
        Write-Host "installed $said as $installed"
    } finally {
        foreach ($path in $scratch, $staged) {
            if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Recurse -Force }
        }
    }

    if (($env:PATH -split ';') -notcontains $directory) {
        Write-Host "$directory is not in your PATH. This puts it there for new windows:"
        Write-Host "    [Environment]::SetEnvironmentVariable('Path', '$directory;' +" `
            "[Environment]::GetEnvironmentVariable('Path', 'User'), 'User')"
    }
    if (Get-Command gh -ErrorAction SilentlyContinue) {
        Write-Host "to see where it was built: gh attestation verify `"$installed`" --repo $repository"
    }
}

# A program that runs can't be replaced or removed on Windows, but it can be renamed.
function Move-IntoPlace {
    param([string] $New, [string] $Place)

    $old = $null
    if (Test-Path -LiteralPath $Place) {
        $old = Join-Path (Split-Path $Place) "pls-old-$([guid]::NewGuid()).exe"
        Move-Item -LiteralPath $Place -Destination $old
    }
    try {
        Move-Item -LiteralPath $New -Destination $Place
    } catch {
        if ($old) { Move-Item -LiteralPath $old -Destination $Place }
        throw
    }
    # Those that still ran when they were replaced go the next time.
    Get-ChildItem -LiteralPath (Split-Path $Place) -Filter 'pls-old-*.exe' |
        Remove-Item -Force -ErrorAction SilentlyContinue
}

Install-Pls -Version $Version -Uninstall $Uninstall.IsPresent
