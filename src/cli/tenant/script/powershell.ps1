$ErrorActionPreference = 'Stop'

$folder = Join-Path (Get-Location -PSProvider FileSystem).ProviderPath 'tenant'
$part = "$folder.part"
if (Test-Path -LiteralPath $folder) { throw "$folder is there already: move it away first, so that no old page stays" }

Connect-MgGraph -NoWelcome -Scopes @(
    'User.Read.All', 'Group.Read.All', 'OrgContact.Read.All', 'Domain.Read.All',
    'OnPremDirectorySynchronization.Read.All', 'RoleManagement.Read.Directory'
)
$graph = (Get-MgEnvironment -Name (Get-MgContext).Environment).GraphEndpoint.TrimEnd('/')
if (Test-Path -LiteralPath $part) { Remove-Item -LiteralPath $part -Recurse }
New-Item -ItemType Directory -Path $part | Out-Null
$utf8 = New-Object Text.UTF8Encoding $false

# The next page; quotes within values are escaped, so that no value looks like it.
function Get-NextLink($json) {
    if ($json -match '"@odata\.nextLink"\s*:\s*("(?:[^"\\]|\\.)*")') { $Matches[1] | ConvertFrom-Json }
}

# Writes every page as Graph sends it.
function Save-Pages($name, $address) {
    $page = 0
    while ($address) {
        $page++
        $json = Invoke-MgGraphRequest -Method GET -Uri $address -OutputType Json
        [IO.File]::WriteAllText((Join-Path $part ('{0}-{1:d4}.json' -f $name, $page)), $json, $utf8)
        $address = Get-NextLink $json
    }
    Write-Host ('{0}: {1} page(s)' -f $name, $page)
}

# What a tenant may do without, or an account may not see: its absence is said by presync.
function Save-PagesIfAllowed($name, $address) {
    try {
        Save-Pages $name $address
    } catch {
        Get-ChildItem -LiteralPath $part -Filter "$name-0*.json" | Remove-Item
        Write-Warning "${name} was not exported: $($_.Exception.Message)"
    }
}

$user = 'id,userPrincipalName,mail,mailNickname,displayName,proxyAddresses,imAddresses,accountEnabled,userType,' +
    'assignedLicenses,onPremisesSyncEnabled,onPremisesImmutableId,onPremisesSecurityIdentifier,' +
    'onPremisesDistinguishedName,onPremisesSamAccountName,onPremisesUserPrincipalName,onPremisesProvisioningErrors'
$group = 'id,mail,mailNickname,displayName,proxyAddresses,mailEnabled,securityEnabled,groupTypes,isAssignableToRole,' +
    'onPremisesSyncEnabled,onPremisesSecurityIdentifier,onPremisesSamAccountName,onPremisesProvisioningErrors'
$contact = 'id,mail,mailNickname,displayName,proxyAddresses,onPremisesSyncEnabled,onPremisesProvisioningErrors'
$deleted = "$graph/v1.0/directory/deletedItems"

Save-Pages 'users' ("$graph/v1.0/users?`$top=999&`$select=$user")
Save-Pages 'groups' ("$graph/v1.0/groups?`$top=999&`$select=$group")
Save-Pages 'contacts' ("$graph/v1.0/contacts?`$top=999&`$select=$contact")
Save-Pages 'deleted-users' ("$deleted/microsoft.graph.user?`$select=deletedDateTime,$user")
Save-Pages 'deleted-groups' ("$deleted/microsoft.graph.group?`$select=deletedDateTime,$group")
Save-Pages 'domains' ("$graph/v1.0/domains")
Save-Pages 'role-assignments' ("$graph/v1.0/roleManagement/directory/roleAssignments")

# Properties that only the beta has; presync puts them to the same objects.
$bound = 'id,onPremisesObjectIdentifier'
Save-PagesIfAllowed 'users-beta' ("$graph/beta/users?`$top=999&`$select=$bound")
Save-PagesIfAllowed 'deleted-users-beta' ("$graph/beta/directory/deletedItems/microsoft.graph.user?`$select=deletedDateTime,$bound")
Save-PagesIfAllowed 'role-definitions' ("$graph/beta/roleManagement/directory/roleDefinitions?`$select=id,templateId,displayName,isPrivileged")

# Needs a licence for Privileged Identity Management.
Save-PagesIfAllowed 'role-eligibilities' ("$graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances")
Save-PagesIfAllowed 'on-premises-synchronization' ("$graph/v1.0/directory/onPremisesSynchronization")

# Who holds a role through a group. A tenant has at most 500 such groups.
$json = Invoke-MgGraphRequest -Method GET -OutputType Json `
    -Uri ("$graph/v1.0/groups?`$top=999&`$select=id&`$filter=isAssignableToRole%20eq%20true")
$groups = foreach ($id in @(($json | ConvertFrom-Json).value | ForEach-Object { $_.id })) {
    $members = @()
    $address = "$graph/v1.0/groups/$id/members?`$top=999&`$select=id"
    while ($address) {
        $json = Invoke-MgGraphRequest -Method GET -Uri $address -OutputType Json
        $members += @(($json | ConvertFrom-Json).value | ForEach-Object { '{"id":"' + $_.id + '"}' })
        $address = Get-NextLink $json
    }
    '{"@odata.type":"#microsoft.graph.group","id":"' + $id + '","isAssignableToRole":true,"members":[' + ($members -join ',') + ']}'
}
[IO.File]::WriteAllText((Join-Path $part 'role-groups.json'), '[' + (@($groups) -join ",`n") + ']', $utf8)

Rename-Item -LiteralPath $part -NewName (Split-Path $folder -Leaf)
"The export is in $folder"
