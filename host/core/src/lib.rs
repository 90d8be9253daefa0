//! Portcullis, the library: policies in WebAssembly in front of OpenStack Ironic.
//!
//! Load a configuration, hand over a request, get a [decision](verdict::Decision). Only a request
//! that was admitted can be given to the [driver](driver::Driver): the compiler sees to that.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//!
//! use portcullis::admission::Gate;
//! use portcullis::bundle::Bundle;
//! use portcullis::config::Config;
//! use portcullis::driver::Driver;
//! use portcullis::request::Request;
//! use portcullis::sandbox::Compiler;
//!
//! # async fn example(request: Request, bundle: Bundle) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::load("portcullis.toml".as_ref(), &bundle)?;
//! let gate = Gate::open(&config, &bundle, Compiler::ThisProcess).await?;
//! let driver = Driver::with_own_credentials(&config.ironic)?;
//!
//! let deadline = Instant::now() + Duration::from_secs(10);
//! match gate.decide(request, &driver, deadline).await?.into_admitted() {
//!     Ok(admitted) => println!("Ironic says {}", driver.forward(admitted).await?.status()),
//!     Err(refused) => println!("refused: {:?}", refused.findings()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Nothing else makes what the driver accepts:
//!
//! ```compile_fail,E0423
//! let request = http::Request::new(http_body_util::Either::Left(http_body_util::Full::default()));
//! let admitted = portcullis::admission::Admitted(request);
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`config`], [`credentials`], [`bundle`] | what an operator configures, and what a build carries with it |
//! | [`request`], [`json`], [`operation`] | from a request to a typed operation, read once and strictly |
//! | [`config_drive`] | the drive of a request, and building one |
//! | [`policy`], [`verdict`] | what is configured, what validators answer, and how that becomes one decision |
//! | [`sandbox`] | loading and evaluating validators; the only module that names wasmtime |
//! | [`admission`] | selecting, evaluating, deciding; the only maker of [`Admitted`](admission::Admitted) |
//! | [`driver`] | forwarding to Ironic, reading a node for the policies, and [`Session`](driver::Session): our own tokens |
//! | [`lifecycle`] | whole operations on nodes: planned, judged, carried out, taken back |
//! | [`audit`], [`sanitise`], [`secret`] | what is recorded, and what must never be |

pub mod admission;
pub mod audit;
pub mod bundle;
pub mod chain;
pub mod config;
pub mod config_drive;
pub mod credentials;
pub mod driver;
pub mod json;
pub mod lifecycle;
pub mod memory;
pub mod operation;
pub mod policy;
pub mod request;
pub mod sandbox;
pub mod sanitise;
pub mod secret;
pub mod units;
pub mod verdict;
