//! The guests that `cargo xtask guests` has built.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::admission::Gate;
use portcullis::bundle::{Bundle, BundledPolicy};
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
        assert!(directory.exists(), "no guests are built: run `cargo xtask guests` first");
        Self { directory }
    }

    /// One of them, kept for as long as the program runs.
    pub fn get(&self, name: &'static str) -> BundledPolicy {
        let read = |ending: &str| {
            let path = self.directory.join(format!("{name}.{ending}"));
            let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            &*bytes.leak()
        };
        BundledPolicy { name, wasm: read("wasm"), compiled: read("cwasm"), settings: "{}", capabilities: &[] }
    }

    /// The bundled policies.
    pub fn bundled(&self) -> [&'static str; 3] {
        ["provision-target", "deploy-steps", "config-drive"]
    }

    /// A gate with the same guest as so many policies.
    pub async fn gate(&self, name: &'static str, policies: usize) -> Gate {
        let bundle = Bundle { policies: Vec::leak(vec![self.get(name)]) };
        let policy = |at: usize| PolicyConfig::new(format!("p{at}").parse().expect("a plain name"), Source::Bundled(name));
        let config = Config { policies: (0..policies).map(policy).collect(), ..Config::without_file(&bundle).expect("defaults") };
        Gate::open(&config, &bundle, Compiler::ThisProcess).await.expect("a gate")
    }
}
