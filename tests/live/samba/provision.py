"""Makes a new Active Directory forest in the working folder: the domain, what Exchange adds, a few accounts.

    provision.py REALM NETBIOS PASSWORD

The password is that of every account. Nothing in the folder depends on an address or on where the folder is: whoever
starts the domain writes an smb.conf for it.
"""

import logging
import os
import sys

import samba.dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.provision import FILL_FULL, provision
from samba.samdb import SamDB

HOST = "dc1"

# The kinds of value, as attributeSyntax and oMSyntax.
TEXT = ("2.5.5.12", 64)
NUMBER = ("2.5.5.9", 2)
LARGE_NUMBER = ("2.5.5.16", 65)
TRUTH = ("2.5.5.8", 1)
BYTES = ("2.5.5.10", 4)
SID = ("2.5.5.17", 4)
NAME = ("2.5.5.1", 127)
# What oMSyntax 127 needs besides: which kind of object the value is, here a distinguished name.
NAME_CLASS = "KwwCh3McAIVK"

# Stands for what has a number of Microsoft's that nothing here depends on: the number for examples.
OWN = "1.3.6.1.4.1.32473.1."

# What Exchange adds to the schema and presync reads: name, number, kind of value, whether single, the longest.
ATTRIBUTES = [
    ("mailNickname", "1.2.840.113556.1.2.447", TEXT, True, 64),
    ("targetAddress", "1.2.840.113556.1.2.352", TEXT, True, 1123),
    ("msExchHideFromAddressLists", "1.2.840.113556.1.4.7000.102.73", TRUTH, True, None),
    ("msExchRecipientDisplayType", "1.2.840.113556.1.4.7000.102.50730", NUMBER, True, None),
    ("msExchRecipientTypeDetails", "1.2.840.113556.1.4.7000.102.50855", LARGE_NUMBER, True, None),
    ("msExchMailboxGuid", "1.2.840.113556.1.4.7000.102.11058", BYTES, True, 16),
    ("msExchMasterAccountSid", "1.2.840.113556.1.4.7000.102.81", SID, True, 28),
    ("msDS-ExternalDirectoryObjectId", "1.2.840.113556.1.4.2310", TEXT, True, 256),
    ("authOrig", "1.2.840.113556.1.2.129", NAME, False, None),
    ("unauthOrig", "1.2.840.113556.1.2.221", NAME, False, None),
    ("dLMemSubmitPerms", "1.2.840.113556.1.2.144", NAME, False, None),
    ("dLMemRejectPerms", "1.2.840.113556.1.2.47", NAME, False, None),
    ("publicDelegates", "1.2.840.113556.1.2.238", NAME, False, None),
    ("msExchCoManagedByLink", OWN + "1", NAME, False, None),
]
ATTRIBUTES += [(f"extensionAttribute{n}", f"1.2.840.113556.1.2.{422 + n}", TEXT, True, 1024) for n in range(1, 11)]
ATTRIBUTES += [(f"extensionAttribute{n}", f"1.2.840.113556.1.2.{588 + n}", TEXT, True, 2048) for n in range(11, 16)]
ATTRIBUTES += [(f"msExchExtensionCustomAttribute{n}", f"{OWN}{1 + n}", TEXT, False, 2048) for n in range(1, 6)]


def make_domain(realm, netbios, password):
    """Provisions; Samba's own command does the same and asks for a file server besides."""
    settings = LoadParm()
    settings.load("/dev/null")
    settings.set("realm", realm)
    settings.set("workgroup", netbios)
    # A domain that is lost in a power failure is made anew.
    settings.set("ldb:nosync", "true")
    provision(
        logging.getLogger("provision"), system_session(settings), smbconf="/dev/null", targetdir=os.getcwd(),
        samdb_fill=FILL_FULL, realm=realm, domain=netbios, hostname=HOST, hostip="127.0.0.1", adminpass=password,
        serverrole="active directory domain controller", dns_backend="SAMBA_INTERNAL",
        dom_for_fun_level=samba.dsdb.DS_DOMAIN_FUNCTION_2008_R2, useeadb=True, skip_sysvolacl=True, lp=settings,
    )


def open_domain():
    """The database of the domain, with all rights."""
    settings = LoadParm()
    settings.load("etc/smb.conf")
    settings.set("ldb:nosync", "true")
    settings.set("dsdb:schema update allowed", "true")
    return SamDB(url="private/sam.ldb", lp=settings, session_info=system_session(settings))


def add_attributes(domain):
    """Teaches the schema the attributes, and lets everything that can have mail have them."""
    schema = domain.get_schema_basedn()
    domain.transaction_start()
    for name, number, (syntax, om_syntax), single, longest in ATTRIBUTES:
        attribute = {
            "dn": f"CN={name},{schema}",
            "objectClass": "attributeSchema",
            "lDAPDisplayName": name,
            "attributeID": number,
            "attributeSyntax": syntax,
            "oMSyntax": str(om_syntax),
            "isSingleValued": "TRUE" if single else "FALSE",
        }
        if om_syntax == 127:
            attribute["oMObjectClass"] = NAME_CLASS
        if longest:
            attribute["rangeUpper"] = str(longest)
        domain.add_ldif("".join(
            f"{key}:{':' if key == 'oMObjectClass' else ''} {value}\n" for key, value in attribute.items()))
    domain.transaction_commit()
    domain.set_schema_update_now()
    # An auxiliary class of users, groups and contacts.
    domain.modify_ldif(
        f"dn: CN=Mail-Recipient,{schema}\nchangetype: modify\nadd: mayContain\n"
        + "".join(f"mayContain: {attribute[0]}\n" for attribute in ATTRIBUTES))
    domain.set_schema_update_now()


def add_accounts(domain, realm, password):
    """One account that may read, and one for each reason why a bind with the right password is refused."""
    base = domain.domain_dn()
    # The template is kept for longer than passwords last.
    domain.modify_ldif(f"dn: {base}\nchangetype: modify\nreplace: maxPwdAge\nmaxPwdAge: -9223372036854775808\n")
    domain.newuser("reader", password)
    domain.newuser("disabled", password)
    domain.disable_account("(sAMAccountName=disabled)")
    domain.newuser("must-change", password, force_password_change_at_next_login_req=True)
    domain.newuser("expired", password)
    # One tick after the beginning of 1601.
    domain.modify_ldif(f"dn: CN=expired,CN=Users,{base}\nchangetype: modify\nreplace: accountExpires\naccountExpires: 1\n")
    # Samba adds these when it registers its names in DNS, which it does not do here.
    host = f"{HOST}.{realm.lower()}"
    domain.modify_ldif(
        f"dn: CN={HOST.upper()},OU=Domain Controllers,{base}\nchangetype: modify\nadd: servicePrincipalName\n"
        f"servicePrincipalName: ldap/{host}\nservicePrincipalName: ldap/{host}/{realm.lower()}\n"
        f"servicePrincipalName: GC/{host}/{realm.lower()}\n")


def main():
    realm, netbios, password = sys.argv[1:]
    make_domain(realm, netbios, password)
    add_attributes(open_domain())
    # The schema is read when the database is opened.
    add_accounts(open_domain(), realm, password)


main()
