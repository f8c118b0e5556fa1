//! The words that people, places, departments and domains are named with.

/// A word as people write it, and as an address or a host name writes it.
pub struct Word {
    /// As people write it.
    pub text: &'static str,
    /// In small ASCII letters.
    pub plain: &'static str,
}

const fn word(text: &'static str, plain: &'static str) -> Word {
    Word { text, plain }
}

macro_rules! words {
    ($($text:literal $plain:literal),* $(,)?) => { &[$(word($text, $plain)),*] };
}

/// A suffix of 48 characters, the most that a user principal name may have after its @.
pub const LONG_DOMAIN: &str = "joint-services-europe.northwindtraders-group.com";

/// The domains of the organisation; a tenant would have verified all of them.
pub const MAIL_DOMAINS: &[&str] =
    &["contoso.com", "fabrikam.com", "northwindtraders.co.uk", "adatum.de", "tailspintoys.fr", "wingtiptoys.org", LONG_DOMAIN];

/// How many of [`MAIL_DOMAINS`], from the first, everyday addresses use.
pub const EVERYDAY_DOMAINS: usize = 6;

/// The domains of the partners that contacts belong to.
pub const PARTNER_DOMAINS: &[&str] =
    &["litware.net", "proseware.com", "lucernepublishing.ch", "wideworldimporters.co.jp", "alpineskihouse.at", "margiestravel.com.au"];

/// The domain that hybrid mail routing adds to the addresses of users.
pub const ROUTING_DOMAIN: &str = "contoso.mail.onmicrosoft.com";

/// The partition that is exported.
pub const ROOT: &str = "DC=corp,DC=contoso,DC=com";

/// The domain of another forest that objects move to.
pub const NEW_ROOT: &str = "DC=ad,DC=fabrikam,DC=com";

/// The organizational unit that is not selected in Entra Connect, below the root.
pub const LEAVERS: &str = "Leavers";

/// Two of [`MAIL_DOMAINS`] that are federated.
pub const FEDERATED_DOMAINS: [&str; 2] = ["contoso.com", "fabrikam.com"];

/// Given names.
pub const GIVEN: &[Word] = words![
    "Anna" "anna", "Ben" "ben", "Carla" "carla", "David" "david", "Elena" "elena", "Frank" "frank",
    "Greta" "greta", "Hugo" "hugo", "Ines" "ines", "Jan" "jan", "Karin" "karin", "Lukas" "lukas",
    "Maria" "maria", "Nils" "nils", "Olga" "olga", "Peter" "peter", "Rita" "rita", "Stefan" "stefan",
    "Tanja" "tanja", "Uwe" "uwe", "Vera" "vera", "Walter" "walter", "Yvonne" "yvonne", "Zach" "zach",
    "Alice" "alice", "Robert" "robert", "Carol" "carol", "Daniel" "daniel", "Erin" "erin", "Fiona" "fiona",
    "George" "george", "Helen" "helen", "Ian" "ian", "Julia" "julia", "Kevin" "kevin", "Laura" "laura",
    "Mark" "mark", "Nora" "nora", "Oscar" "oscar", "Paula" "paula", "Quinn" "quinn", "Rachel" "rachel",
    "Susan" "susan", "Thomas" "thomas", "Ursula" "ursula", "Victor" "victor", "Wendy" "wendy",
    "Xavier" "xavier", "Yuki" "yuki", "Zara" "zara", "Mohammed" "mohammed", "Fatima" "fatima", "Wei" "wei",
    "Li" "li", "Hiroshi" "hiroshi", "Sakura" "sakura", "Ravi" "ravi", "Priya" "priya", "Carlos" "carlos",
    "Juan" "juan", "Aisha" "aisha", "Bruno" "bruno", "Chiara" "chiara", "Dmitri" "dmitri", "Emma" "emma",
    "Felix" "felix", "Giulia" "giulia", "Henrik" "henrik", "Isabel" "isabel", "Jonas" "jonas",
    "Katja" "katja", "Liam" "liam", "Mei" "mei", "Noah" "noah", "Olivia" "olivia", "Pablo" "pablo",
    "Renate" "renate", "Samuel" "samuel", "Teresa" "teresa", "Viktor" "viktor", "Wolfgang" "wolfgang",
    "Anna-Lena" "annalena", "Jean-Luc" "jeanluc", "Marie-Claire" "marieclaire",
    "Jürgen" "juergen", "Zoë" "zoe", "François" "francois", "José" "jose", "Łukasz" "lukasz", "花子" "hanako",
];

/// Family names.
pub const SURNAMES: &[Word] = words![
    "Smith" "smith", "Jones" "jones", "Taylor" "taylor", "Brown" "brown", "Williams" "williams",
    "Wilson" "wilson", "Johnson" "johnson", "Davies" "davies", "Patel" "patel", "Wright" "wright",
    "Walker" "walker", "Thompson" "thompson", "White" "white", "Hughes" "hughes", "Edwards" "edwards",
    "Green" "green", "Lewis" "lewis", "Wood" "wood", "Harris" "harris", "Martin" "martin",
    "Jackson" "jackson", "Clarke" "clarke", "Turner" "turner", "Hill" "hill", "Scott" "scott",
    "Cooper" "cooper", "Morris" "morris", "Ward" "ward", "Moore" "moore", "King" "king", "Watson" "watson",
    "Baker" "baker", "Harrison" "harrison", "Morgan" "morgan", "Young" "young", "Allen" "allen",
    "Mitchell" "mitchell", "Schmidt" "schmidt", "Schneider" "schneider", "Fischer" "fischer",
    "Weber" "weber", "Meyer" "meyer", "Wagner" "wagner", "Becker" "becker", "Schulz" "schulz",
    "Hoffmann" "hoffmann", "Koch" "koch", "Bauer" "bauer", "Richter" "richter", "Klein" "klein",
    "Wolf" "wolf", "Neumann" "neumann", "Schwarz" "schwarz", "Zimmermann" "zimmermann", "Braun" "braun",
    "Rossi" "rossi", "Russo" "russo", "Ferrari" "ferrari", "Esposito" "esposito", "Bianchi" "bianchi",
    "Dubois" "dubois", "Laurent" "laurent", "Lefebvre" "lefebvre", "Moreau" "moreau", "Garcia" "garcia",
    "Fernandez" "fernandez", "Gonzalez" "gonzalez", "Rodriguez" "rodriguez", "Lopez" "lopez",
    "Sanchez" "sanchez", "Perez" "perez", "Nguyen" "nguyen", "Tran" "tran", "Kim" "kim", "Lee" "lee",
    "Park" "park", "Tanaka" "tanaka", "Suzuki" "suzuki", "Sato" "sato", "Kowalski" "kowalski",
    "Nowak" "nowak", "Novak" "novak", "Horvat" "horvat", "Jansen" "jansen", "de Vries" "devries",
    "van den Berg" "vandenberg", "Bakker" "bakker", "Andersen" "andersen", "Hansen" "hansen",
    "Nielsen" "nielsen", "Johansson" "johansson", "Lindqvist" "lindqvist", "Korhonen" "korhonen",
    "Virtanen" "virtanen", "Silva" "silva", "Santos" "santos", "Oliveira" "oliveira", "Costa" "costa",
    "Popescu" "popescu", "Ionescu" "ionescu", "Papadopoulos" "papadopoulos", "Singh" "singh",
    "Sharma" "sharma", "Gupta" "gupta", "Khan" "khan", "Ahmed" "ahmed", "Hassan" "hassan", "Cohen" "cohen",
    "Murphy" "murphy", "Kelly" "kelly", "O'Brien" "obrien", "O'Neill" "oneill", "D'Angelo" "dangelo",
    "Campbell" "campbell", "Stewart" "stewart", "MacDonald" "macdonald", "Reid" "reid", "Murray" "murray",
    "Smith-Jones" "smithjones", "Lloyd-Hughes" "lloydhughes", "Meyer-Landrut" "meyerlandrut",
    "Carter" "carter", "Phillips" "phillips", "Evans" "evans", "Collins" "collins", "Reed" "reed",
    "Müller" "mueller", "Größe" "groesse", "Ångström" "angstroem", "Núñez" "nunez", "Żuławski" "zulawski",
    "Иванов" "ivanov", "山田" "yamada",
];

/// Regions, the first level of organisational units.
pub const REGIONS: &[&str] = &["EMEA", "AMER", "APAC"];

/// Cities, with the code that host names and rooms use.
pub const CITIES: &[Word] = words![
    "Berlin" "ber", "London" "lon", "Paris" "par", "New York" "nyc", "Tokyo" "tyo", "Madrid" "mad",
    "Vienna" "vie", "Oslo" "osl", "Milan" "mil", "Sydney" "syd", "Toronto" "tor", "Austin" "aus",
    "Warsaw" "waw", "Dublin" "dub", "Lisbon" "lis", "Köln" "cgn",
];

/// Countries, in the order of [`CITIES`]: name, two letters, number.
pub const COUNTRIES: &[(&str, &str, &str)] = &[
    ("Germany", "DE", "276"),
    ("United Kingdom", "GB", "826"),
    ("France", "FR", "250"),
    ("United States", "US", "840"),
    ("Japan", "JP", "392"),
    ("Spain", "ES", "724"),
    ("Austria", "AT", "040"),
    ("Norway", "NO", "578"),
    ("Italy", "IT", "380"),
    ("Australia", "AU", "036"),
    ("Canada", "CA", "124"),
    ("United States", "US", "840"),
    ("Poland", "PL", "616"),
    ("Ireland", "IE", "372"),
    ("Portugal", "PT", "620"),
    ("Germany", "DE", "276"),
];

/// Departments, the last level of organisational units.
pub const DEPARTMENTS: &[Word] = words![
    "Finance" "finance", "Sales, Inside" "inside-sales", "Sales, Field" "field-sales",
    "Research & Development" "rnd", "Human Resources" "hr", "IT Operations" "it", "Legal" "legal",
    "Marketing" "marketing", "Manufacturing" "manufacturing", "Procurement" "procurement",
    "Customer Care" "care", "Facilities" "facilities",
];

/// Job titles.
pub const TITLES: &[&str] = &[
    "Manager",
    "Senior Engineer",
    "Consultant",
    "Analyst",
    "Director",
    "Specialist",
    "Clerk",
    "Team Lead",
    "Architect",
    "Working Student",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_words_share_their_plain_form() {
        for list in [GIVEN, SURNAMES] {
            let plain: HashSet<_> = list.iter().map(|word| word.plain).collect();
            assert_eq!(plain.len(), list.len());
            assert!(plain.iter().all(|plain| plain.bytes().all(|byte| byte.is_ascii_lowercase())));
        }
        assert_eq!(CITIES.len(), COUNTRIES.len());
    }

    #[test]
    fn the_long_domain_is_as_long_as_a_suffix_may_be() {
        assert_eq!(LONG_DOMAIN.len(), 48);
    }
}
