//! DNS domains in names and addresses: routable or not, reserved by the service or not.

/// A domain as written in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain<'a>(pub &'a str);

impl Domain<'_> {
    /// Whether mail for it could be routed: more than one label, below a suffix of the public suffix list.
    pub fn is_routable(self) -> bool {
        let edge = |label: &str| label.starts_with('-') || label.ends_with('-');
        // No public domain holds an underscore.
        if !self.0.contains('.') || self.0.contains('_') || (self.0.contains('-') && self.0.split('.').any(edge)) {
            return false;
        }
        let known = |domain: &str| psl::suffix(domain.as_bytes()).is_some_and(|suffix| suffix.is_known());
        if self.0.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-' | b'0'..=b'9')) {
            return known(self.0);
        }
        known(&self.0.to_lowercase())
    }

    /// Whether the service reserves it: `*.onmicrosoft.com` and `*.microsoftonline.com`, but for the hybrid
    /// routing domain `*.mail.onmicrosoft.com`.
    pub fn is_reserved(self) -> bool {
        (self.is_below("onmicrosoft.com") && !self.is_below("mail.onmicrosoft.com")) || self.is_below("microsoftonline.com")
    }

    /// Whether it is the service's hybrid routing domain, which every tenant has.
    pub fn is_hybrid_routing(self) -> bool {
        self.is_below("mail.onmicrosoft.com")
    }

    fn is_below(self, parent: &str) -> bool {
        let Some(start) = self.0.len().checked_sub(parent.len() + 1) else { return false };
        start > 0 && self.0.as_bytes()[start] == b'.' && self.0.as_bytes()[start + 1..].eq_ignore_ascii_case(parent.as_bytes())
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
        for domain in ["-contoso.com", "contoso-.com", "contoso.local", "corp.internal", "contoso.lan", "contoso", "com", ""] {
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
