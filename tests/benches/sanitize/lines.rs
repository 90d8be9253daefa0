//! A made-up log like that of an OpenStack, and lines made to be slow.

use portcullis::sandbox::Form;

/// How long a line is that is made to be slow.
const LONG: usize = 1 << 20;

/// Those that take passwords, each with options that others of them know.
const COMMANDS: &str = "ipmitool -P a -u b:c ipmi-power -p a racadm -p a sshpass -p a curl -u b:c \
psexec -p a mysql -p a mariadb -p a docker -p a podman -p a skopeo -p a oras -p a ldapsearch -w a \
ldapmodify -w a snmpset -c a snmpget -c a snmpwalk -c a smbclient -U b%c redis-cli -a d ";

/// A log of about so many bytes, the same each time: seven of ten lines from the API of Nova, the
/// others from Ironic, and in three of a hundred a secret, in one of the shapes in which they leak.
pub fn log(bytes: usize) -> String {
    let mut dice = Dice(0x5eed);
    let mut log = String::with_capacity(bytes + 512);
    while log.len() < bytes {
        let (line, second) = (dice.below(100), dice.below(60));
        log.push_str(&format!(
            "2026-05-{:02} {:02}:{:02}:{second:02}.{:03} {} ",
            1 + dice.below(28),
            dice.below(24),
            dice.below(60),
            dice.below(1000),
            100 + dice.below(30000),
        ));
        let request = format!(
            "[req-{} {} {} - - -]",
            dice.uuid(),
            dice.hex(32),
            dice.hex(32)
        );
        let text = match line {
            0..70 => format!(
                "INFO nova.osapi_compute.wsgi.server {request} 10.11.{}.{} \"GET /v2/{}/servers/detail HTTP/1.1\" status: 200 len: {} time: 0.{:07}",
                dice.below(256),
                dice.below(256),
                dice.hex(32),
                dice.below(4000),
                dice.below(10_000_000),
            ),
            70..97 => harmless(&mut dice, &request),
            _ => leaking(&mut dice, &request),
        };
        log.push_str(&text);
        log.push('\n');
    }
    log
}

fn harmless(dice: &mut Dice, request: &str) -> String {
    let node = dice.uuid();
    match dice.below(6) {
        0 => format!(
            "DEBUG ironic.conductor.task_manager {request} Attempting to get shared lock on node {node} (for node update)"
        ),
        1 => format!(
            "INFO ironic.conductor.utils {request} Successfully set node {node} power state to power off by power off."
        ),
        2 => format!(
            "DEBUG ironic.drivers.modules.agent_client {request} Status of agent commands for node {node}: get_deploy_steps: result \"{{'deploy_steps': {{}}}}\", error \"None\""
        ),
        3 => format!(
            "WARNING ironic.conductor.manager {request} During sync_power_state, max retries exceeded for node {node}, node state None does not match expected state 'power on'."
        ),
        4 => format!(
            "DEBUG ironic.common.images {request} Image {} checksum {} verified, properties {{'kernel_id': '{}', 'os_hash_algo': 'sha512'}}",
            dice.uuid(),
            dice.hex(32),
            dice.uuid()
        ),
        _ => format!(
            "INFO ironic.common.states {request} Node {node} moved to provision state \"deploying\" from state \"wait call-back\"; target provision state is \"active\""
        ),
    }
}

fn leaking(dice: &mut Dice, request: &str) -> String {
    let secret = dice.hex(16);
    let what = match dice.below(5) {
        0 => format!(
            "{{'ipmi_address': '10.0.0.4', 'ipmi_username': 'admin', 'ipmi_password': '{secret}'}}"
        ),
        1 => {
            format!("curl -g -i -X GET http://10.0.0.9:6385/v1/nodes -H \"X-Auth-Token: {secret}\"")
        }
        2 => format!(
            "GET http://swift/v1/AUTH_a/c/o?temp_url_sig={}&temp_url_expires=1790000000",
            dice.hex(40)
        ),
        3 => format!(
            "Running cmd (subprocess): ipmitool -I lanplus -H 10.0.0.4 -U admin -P {secret} power status"
        ),
        _ => format!("Could not connect to mysql+pymysql://ironic:{secret}@10.0.0.2/ironic"),
    };
    format!("DEBUG ironic.drivers.modules.ipmitool {request} {what}")
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    fn hex(&mut self, digits: usize) -> String {
        let digit = |_| char::from_digit(self.below(16) as u32, 16);
        (0..digits).filter_map(digit).collect()
    }

    fn uuid(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|digits| self.hex(digits));
        parts.join("-")
    }
}

/// Lines of 1 MiB that a careless reader would go over again and again, by what they consist of.
pub fn slow() -> Vec<(&'static str, Form, String)> {
    let repeated = |piece: &str| piece.repeat(LONG / piece.len());
    let mut lines: Vec<_> = [
        ("one word", "key"),
        ("names", "password "),
        ("names and signs", "password="),
        ("names and marks", "password=\""),
        ("names of suspects", "auth="),
        ("open texts", "\"password\": \"a"),
        ("escaped marks", "\\\"password\\\": \\\""),
        ("backslashes", "\\"),
        ("quotation marks", "\""),
        ("open brackets", "secrets=["),
        ("brackets", "["),
        ("commands", "curl -u a:b ipmitool "),
        ("paths of commands", "curl/"),
        ("commands of all sorts", COMMANDS),
        (
            "names of commands and commas",
            "ipmitool,racadm,sshpass,curl,psexec,mysql,docker,podman,oras,snmpset -p a, ",
        ),
        (
            "commands and names that take turns",
            "curl -u a:b auth=x key=y ",
        ),
        ("comparisons", "\"x\" == password "),
        ("open elements", "<password>"),
        ("headers", "Authorization: Bearer "),
        ("addresses", "http://a:b"),
        ("at signs", "http://a@"),
        ("keys that begin", "-----BEGIN PRIVATE KEY"),
        ("beginnings of tokens", "ghp_AKIAeyJ"),
        ("beginnings of tokens in a row", "eyJ."),
        ("tokens", "ghp_Zk3Qm81LpXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3 "),
        ("markers", "[redacted:password]"),
        ("markers that begin", "[redacted:"),
        ("markers that begin, and a secret", "token=[redacted: "),
        ("control characters", "\u{1}"),
        ("letters of two bytes", "ä"),
        ("percent signs", "%22password%22%3A%22"),
        ("semicolons", "password=a;user id=b;"),
        ("labels", "{\"name\": \"password\", \"value\": "),
        ("links", "password => "),
        ("blanks", " "),
        ("dots", "1.1-1_1."),
        ("digits", "0123456789abcdef"),
    ]
    .into_iter()
    .map(|(name, piece)| (name, Form::Plain, repeated(piece) + "\n"))
    .collect();
    let members = repeated("\"token\": 123456789, ");
    let escaped = repeated("password=x \\n");
    let octets = repeated("112,");
    // Each as long as one may be to be judged from every name on.
    let suspects = "auth=".repeat(204) + " ";
    let document = |members: &str| format!("{{{members} \"n\": 1}}\n");
    lines.extend([
        (
            "values of suspects",
            Form::Plain,
            repeated(&suspects) + "\n",
        ),
        ("nested", Form::JsonLines, repeated("{\"secret\": ") + "\n"),
        ("members of a document", Form::JsonLines, document(&members)),
        (
            "text in a document",
            Form::JsonLines,
            document(&format!("\"m\": \"{escaped}\",")),
        ),
        (
            "a list of bytes",
            Form::JsonLines,
            document(&format!("\"m\":[{octets}1],")),
        ),
        (
            "lists that begin",
            Form::JsonLines,
            repeated("\"a\":[1,") + "\n",
        ),
    ]);
    lines
}
