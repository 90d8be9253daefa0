//! The guests that `cargo xtask guests` has built.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::admission::Gate;
use portcullis::bundle::{Bundle, BundledPolicy, BundledReader};
use portcullis::config::{Config, PolicyConfig, Source};
use portcullis::sandbox::Compiler;

/// Where they lie.
pub struct Guests {
    directory: PathBuf,
}

impl Guests {
    /// Finds them.
    pub fn find() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = root.join("target/guests");
        assert!(
            directory.exists(),
            "no guests are built: run `cargo xtask guests` first"
        );
        Self { directory }
    }

    /// One of them, kept for as long as the program runs.
    pub fn get(&self, name: &'static str) -> BundledPolicy {
        let read = |ending: &str| {
            let path = self.directory.join(format!("{name}.{ending}"));
            let bytes =
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            &*bytes.leak()
        };
        BundledPolicy {
            name,
            wasm: read("wasm"),
            compiled: read("cwasm"),
            settings: "{}",
            capabilities: match name {
                "config-drive" => &["config-drive"],
                _ => &[],
            },
        }
    }

    fn drive_reader(&self) -> BundledReader {
        let BundledPolicy { wasm, compiled, .. } = self.get("drive-reader");
        BundledReader { wasm, compiled }
    }

    /// The bundled policies that judge a deployment.
    pub const OF_DEPLOYMENTS: [&str; 7] = [
        "config-drive",
        "image",
        "legacy",
        "node",
        "provision-target",
        "steps",
        "url",
    ];
    /// Those that judge other writes only.
    pub const OF_CREATIONS: [&str; 2] = ["kernel-params", "network"];

    /// One of them with so many variants that each load is of code never seen before.
    pub fn variants(&self, name: &'static str, count: u8) -> Vec<BundledPolicy> {
        let guest = self.get(name);
        (0..count).map(|at| vary(&guest, at)).collect()
    }

    /// A gate with so many policies that share one validator.
    pub async fn gate(&self, name: &'static str, policies: usize) -> Gate {
        open(vec![self.get(name)], self.drive_reader(), policies).await
    }

    /// A gate with the whole bundled set.
    pub async fn whole_gate(&self) -> Gate {
        let names = Self::OF_DEPLOYMENTS.iter().chain(&Self::OF_CREATIONS);
        let bundled: Vec<_> = names.map(|name| self.get(name)).collect();
        let policies = bundled.len();
        open(bundled, self.drive_reader(), policies).await
    }

    /// A gate with so many policies, each with a validator of its own.
    pub async fn varied_gate(&self, name: &'static str, policies: usize) -> Gate {
        let guest = self.get(name);
        let varied = (0..policies).map(|at| vary(&guest, u8::try_from(at).expect("few policies")));
        open(varied.collect(), self.drive_reader(), policies).await
    }
}

/// The same component with one more custom section: other bytes, so other code in memory.
fn vary(guest: &BundledPolicy, at: u8) -> BundledPolicy {
    let section = [0, 3, 1, b'v', at];
    let wasm = [guest.wasm, &section].concat();
    let compiled = portcullis::sandbox::precompile(&wasm).expect("a component that compiles");
    BundledPolicy {
        name: format!("v{at}").leak(),
        wasm: wasm.leak(),
        compiled: compiled.leak(),
        ..*guest
    }
}

async fn open(bundled: Vec<BundledPolicy>, reader: BundledReader, policies: usize) -> Gate {
    let bundle = Bundle {
        policies: bundled.leak(),
        drive_reader: Some(reader),
        sanitizers: &[],
    };
    let policy = |at: usize| {
        let source = Source::Bundled(bundle.policies[at % bundle.policies.len()].name);
        let capabilities = bundle.policies[at % bundle.policies.len()].capabilities;
        let id = format!("p{at}").parse().expect("a plain name");
        let mut policy = PolicyConfig::new(id, source);
        policy.capabilities = capabilities.iter().map(|&name| name.to_owned()).collect();
        policy
    };
    let defaults = Config::without_file(&bundle).expect("defaults");
    let config = Config {
        policies: (0..policies).map(policy).collect(),
        ..defaults
    };
    Gate::open(&config, &bundle, Compiler::ThisProcess)
        .await
        .expect("a gate")
}
