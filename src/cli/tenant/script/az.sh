set -euo pipefail

graph=https://graph.microsoft.com
folder=tenant
part=$folder.part
if [ -e "$folder" ]; then
  echo "$folder is there already: move it away first, so that no old page stays" >&2
  exit 1
fi
rm -rf "$part"
mkdir "$part"

get() { az rest --method get --url "$1" --output json; }

# The next page: a key of the outermost object, which az sets by two blanks.
next_link() { sed -n 's/^  "@odata\.nextLink": "\(.*\)",\{0,1\}$/\1/p' "$1"; }

# Writes every page.
save() {
  local name=$1 url=$2 page=0 file
  while [ -n "$url" ]; do
    page=$((page + 1))
    file=$(printf '%s/%s-%04d.json' "$part" "$name" "$page")
    get "$url" >"$file" || return
    url=$(next_link "$file")
  done
  echo "$name: $page page(s)" >&2
}

# What a tenant may do without, or an account may not see: its absence is said by presync.
save_if_allowed() {
  if ! save "$1" "$2"; then
    rm -f "$part/$1"-0*.json
    echo "$1 was not exported" >&2
  fi
}

user=id,userPrincipalName,mail,mailNickname,displayName,proxyAddresses,imAddresses,accountEnabled,userType
user=$user,assignedLicenses,onPremisesSyncEnabled,onPremisesImmutableId,onPremisesSecurityIdentifier
user=$user,onPremisesDistinguishedName,onPremisesSamAccountName,onPremisesUserPrincipalName,onPremisesProvisioningErrors
group=id,mail,mailNickname,displayName,proxyAddresses,mailEnabled,securityEnabled,groupTypes,isAssignableToRole
group=$group,onPremisesSyncEnabled,onPremisesSecurityIdentifier,onPremisesSamAccountName,onPremisesProvisioningErrors
contact=id,mail,mailNickname,displayName,proxyAddresses,onPremisesSyncEnabled,onPremisesProvisioningErrors
deleted=directory/deletedItems

save users "$graph/v1.0/users?\$top=999&\$select=$user"
save groups "$graph/v1.0/groups?\$top=999&\$select=$group"
save contacts "$graph/v1.0/contacts?\$top=999&\$select=$contact"
save deleted-users "$graph/v1.0/$deleted/microsoft.graph.user?\$select=deletedDateTime,$user"
save deleted-groups "$graph/v1.0/$deleted/microsoft.graph.group?\$select=deletedDateTime,$group"
save domains "$graph/v1.0/domains"
save role-assignments "$graph/v1.0/roleManagement/directory/roleAssignments"

# Properties that only the beta has; presync puts them to the same objects.
bound=id,onPremisesObjectIdentifier
definition=id,templateId,displayName,isPrivileged
save_if_allowed users-beta "$graph/beta/users?\$top=999&\$select=$bound"
save_if_allowed deleted-users-beta "$graph/beta/$deleted/microsoft.graph.user?\$select=deletedDateTime,$bound"
save_if_allowed role-definitions "$graph/beta/roleManagement/directory/roleDefinitions?\$select=$definition"

# Needs a licence for Privileged Identity Management.
save_if_allowed role-eligibilities "$graph/v1.0/roleManagement/directory/roleEligibilityScheduleInstances"
save_if_allowed on-premises-synchronization "$graph/v1.0/directory/onPremisesSynchronization"

# Who holds a role through a group. A tenant has at most 500 such groups.
ids() { sed -n 's/^      "id": "\([0-9A-Fa-f-]*\)",\{0,1\}$/\1/p' "$1"; }
page=$part/page.txt
get "$graph/v1.0/groups?\$top=999&\$select=id&\$filter=isAssignableToRole%20eq%20true" >"$page"
{
  echo '['
  comma=
  for group in $(ids "$page"); do
    printf '%s{"@odata.type":"#microsoft.graph.group","id":"%s","isAssignableToRole":true,"members":[' "$comma" "$group"
    comma=,
    between=
    url="$graph/v1.0/groups/$group/members?\$top=999&\$select=id"
    while [ -n "$url" ]; do
      get "$url" >"$page"
      for member in $(ids "$page"); do
        printf '%s{"id":"%s"}' "$between" "$member"
        between=,
      done
      url=$(next_link "$page")
    done
    echo ']}'
  done
  echo ']'
} >"$part/role-groups.json"
rm -f "$page"

mv "$part" "$folder"
echo "The export is in $folder" >&2
