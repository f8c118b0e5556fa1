$ErrorActionPreference = 'Stop'
Import-Module ActiveDirectory

$server = 'contoso.com'
$base = 'DC=contoso,DC=com'
$filter = '(|(objectCategory=person)(objectCategory=group))'
$file = Join-Path (Get-Location -PSProvider FileSystem).ProviderPath 'export.ldf'
$wanted = @()

# What the schema does not have (no Exchange) must not be asked for.
$known = @{}
Get-ADObject -Server $server -SearchBase (Get-ADRootDSE -Server $server).schemaNamingContext `
    -LDAPFilter '(objectClass=attributeSchema)' -Properties lDAPDisplayName |
    ForEach-Object { $known[$_.lDAPDisplayName] = $true }
$attributes = @($wanted | Where-Object { $known.ContainsKey($_) })

# A value as LDIF's base64, from the bytes that the directory holds.
function ConvertTo-LdifValue($value) {
    if ($value -is [byte[]]) {
        $bytes = $value
    } elseif ($value -is [guid]) {
        $bytes = $value.ToByteArray()
    } elseif ($value -is [Security.Principal.SecurityIdentifier]) {
        $bytes = New-Object byte[] $value.BinaryLength
        $value.GetBinaryForm($bytes, 0)
    } else {
        if ($value -is [bool]) {
            $text = $value.ToString().ToUpperInvariant()
        } elseif ($value -is [datetime]) {
            $text = $value.ToUniversalTime().ToString("yyyyMMddHHmmss'.0Z'", [Globalization.CultureInfo]::InvariantCulture)
        } else {
            $text = [Convert]::ToString($value, [Globalization.CultureInfo]::InvariantCulture)
        }
        $bytes = [Text.Encoding]::UTF8.GetBytes($text)
    }
    [Convert]::ToBase64String($bytes)
}

$count = 0
$writer = New-Object IO.StreamWriter "$file.part", $false, (New-Object Text.UTF8Encoding $false)
try {
    Get-ADObject -Server $server -SearchBase $base -SearchScope Subtree -LDAPFilter $filter `
        -Properties $attributes -ResultPageSize 1000 | ForEach-Object {
        $object = $_
        $writer.WriteLine('dn:: ' + (ConvertTo-LdifValue $object.DistinguishedName))
        foreach ($name in $attributes) {
            $value = $object.$name
            if ($null -eq $value) { continue }
            if ($value -is [Collections.ICollection] -and $value -isnot [byte[]]) {
                foreach ($one in $value) { $writer.WriteLine("${name}:: " + (ConvertTo-LdifValue $one)) }
                if ($value.Count -in 1500, 5000) {
                    Write-Warning "$($object.DistinguishedName): exactly $($value.Count) values of $name, perhaps cut"
                }
            } else {
                $writer.WriteLine("${name}:: " + (ConvertTo-LdifValue $value))
            }
        }
        $writer.WriteLine()
        $count++
    }
    $writer.Dispose()
    Move-Item -LiteralPath "$file.part" -Destination $file -Force
    "$count objects are in $file"
} finally {
    $writer.Dispose()
}
