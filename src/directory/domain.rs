//! DNS domains in names and addresses: routable or not, reserved by the service or not.

/// A domain as written in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain<'a>(pub &'a str);

impl Domain<'_> {
    /// Whether mail for it could be routed: more than one label, below a suffix of the public suffix list.
    pub fn is_routable(self) -> bool {
        if !self.0.contains('.') {
            return false;
        }
        let lower = self.0.to_lowercase();
        let known = |domain: &str| psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known());
        known(&lower)
    }

    /// Whether the service reserves it: `*.onmicrosoft.com` and `*.microsoftonline.com`, but for the hybrid
    /// routing domain `*.mail.onmicrosoft.com`.
    pub fn is_reserved(self) -> bool {
        let lower = self.0.to_ascii_lowercase();
        let below = |parent: &str| lower.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
        (below("onmicrosoft.com") && !below("mail.onmicrosoft.com")) || below("microsoftonline.com")
    }

    /// Whether it is the service's hybrid routing domain, which every tenant has.
    pub fn is_hybrid_routing(self) -> bool {
        let lower = self.0.to_ascii_lowercase();
        lower.strip_suffix(".mail.onmicrosoft.com").is_some_and(|rest| !rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_real_top_level_domain_is_routable() {
        for domain in ["contoso.com", "x.co.uk", "shop.app", "louvre.museum", "a.swiss", "x.edu.au", "CONTOSO.DE", "müller.xn--p1ai"] {
            assert!(Domain(domain).is_routable(), "{domain}");
        }
        for domain in ["contoso.local", "corp.internal", "contoso.lan", "contoso", "com", ""] {
            assert!(!Domain(domain).is_routable(), "{domain}");
        }
    }

    #[test]
    fn the_hybrid_routing_domain_is_not_reserved() {
        assert!(Domain("contoso.onmicrosoft.com").is_reserved());
        assert!(Domain("x.MicrosoftOnline.com").is_reserved());
        assert!(!Domain("contoso.mail.onmicrosoft.com").is_reserved());
        assert!(!Domain("notonmicrosoft.com").is_reserved());
    }
}
