//! Claiming, deploying, undeploying.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::{Before, Order, must_be_in};
use crate::lifecycle::call::{Arguments, Call, Verb, VifPlace, VolumeTarget};
use crate::lifecycle::error::Cause;
use crate::lifecycle::guarded::Guarded;
use crate::lifecycle::input::{InstanceId, ResourceId, Trait, VifId};
use crate::lifecycle::plan::{Owner, Plan, Step, Undo};
use crate::lifecycle::state::ProvisionState as S;
use crate::lifecycle::verbs::UNDEPLOYABLE;
use crate::secret::Secret;

/// An instance to deploy.
#[derive(Clone)]
pub struct Deploy {
    /// The instance; the node may be reserved for it already.
    pub instance: InstanceId,
    /// What is written to the disk; none where the node boots from a volume, or its deploy
    /// interface writes none.
    pub image: Option<Image>,
    /// More attributes of `instance_info`, such as `root_gb`.
    pub info: BTreeMap<String, Value>,
    /// Capabilities that the deployment asks for.
    pub capabilities: BTreeMap<String, String>,
    /// Traits that the instance asks for.
    pub traits: Vec<Trait>,
    /// VIFs to attach, each with its port if it matters.
    pub vifs: Vec<(VifId, Option<VifPlace>)>,
    /// Volumes to use.
    pub volumes: Vec<Volume>,
    /// What the instance finds about itself.
    pub config_drive: Option<ConfigDrive>,
    /// Steps besides those of the deploy interface: an array as the API has it.
    pub deploy_steps: Option<Value>,
}

impl fmt::Debug for Deploy {
    /// Leaves out what may hold a secret anywhere, such as arguments of steps.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deploy")
            .field("instance", &self.instance)
            .field("image", &self.image)
            .field("capabilities", &self.capabilities)
            .field("traits", &self.traits)
            .field("vifs", &self.vifs)
            .field("volumes", &self.volumes)
            .finish_non_exhaustive()
    }
}

impl Deploy {
    /// A new instance of an image, and nothing else.
    pub fn of(image: Image) -> Self {
        Self {
            instance: InstanceId::generate(),
            image: Some(image),
            info: BTreeMap::new(),
            capabilities: BTreeMap::new(),
            traits: Vec::new(),
            vifs: Vec::new(),
            volumes: Vec::new(),
            config_drive: None,
            deploy_steps: None,
        }
    }

    /// The same, with a VIF.
    pub fn with_vif(mut self, vif: VifId) -> Self {
        self.vifs.push((vif, None));
        self
    }

    /// The same, with a config drive.
    pub fn with_config_drive(self, config_drive: ConfigDrive) -> Self {
        Self {
            config_drive: Some(config_drive),
            ..self
        }
    }
}

/// An image. What its URLs are opened with is not shown by `Debug`.
#[derive(Clone)]
pub struct Image {
    /// URL, or id in the image service.
    pub source: String,
    /// What it has to be; the image service knows it of its own images.
    pub checksum: Option<Checksum>,
    /// Kernel and ramdisk of a partition image.
    pub kernel_and_ramdisk: Option<(String, String)>,
    /// Such as `raw` or `qcow2`.
    pub disk_format: Option<String>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Guarded::debug_info(f, self.info())
    }
}

impl Image {
    /// An image at this place.
    pub fn at(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            checksum: None,
            kernel_and_ramdisk: None,
            disk_format: None,
        }
    }

    /// The same, which has to have this checksum.
    pub fn with_checksum(self, checksum: Checksum) -> Self {
        Self {
            checksum: Some(checksum),
            ..self
        }
    }

    pub(super) fn info(&self) -> Vec<(String, Value)> {
        let mut info = vec![("image_source".to_owned(), json!(self.source))];
        if let Some(Checksum { algorithm, digest }) = &self.checksum {
            info.push(("image_os_hash_algo".into(), json!(algorithm)));
            info.push(("image_os_hash_value".into(), json!(digest)));
        }
        if let Some((kernel, ramdisk)) = &self.kernel_and_ramdisk {
            info.push(("kernel".into(), json!(kernel)));
            info.push(("ramdisk".into(), json!(ramdisk)));
        }
        if let Some(format) = &self.disk_format {
            info.push(("image_disk_format".into(), json!(format)));
        }
        info
    }
}

/// Checksum of an image, written `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    algorithm: &'static str,
    digest: Box<str>,
}

/// A text that is not a [`Checksum`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `sha256:`, `sha384:` or `sha512:`, and 64, 96 or 128 hexadecimal digits")]
pub struct ChecksumError;

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        let (algorithm, digest) = text.split_once(':').ok_or(ChecksumError)?;
        let known = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
        let algorithm = known.iter().find_map(|(name, digits)| {
            (*name == algorithm && digest.len() == *digits).then_some(*name)
        });
        match algorithm {
            Some(algorithm) if digest.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Self {
                algorithm,
                digest: digest.into(),
            }),
            _ => Err(ChecksumError),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.digest)
    }
}

/// A config drive, in any form that Ironic takes. Never shown.
#[derive(Clone, Debug)]
pub struct ConfigDrive(Secret<String>);

impl ConfigDrive {
    /// Ready: base64 of a compressed ISO image, or the URL of one.
    pub fn ready(text: &str) -> Self {
        Self(Secret::new(Value::from(text).to_string()))
    }

    /// For Ironic to build: an object of `meta_data`, `network_data`, `user_data`, `vendor_data`.
    pub fn parts(parts: &serde_json::Map<String, Value>) -> Self {
        Self(Secret::new(Value::Object(parts.clone()).to_string()))
    }

    pub(super) fn guarded(&self) -> Guarded {
        let value = serde_json::from_str(self.0.expose()).unwrap_or_default();
        Guarded::sealed("config drive", &value)
    }
}

/// A volume that a node is to use.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Such as `iscsi`.
    pub volume_type: String,
    /// Its id where it comes from.
    pub volume_id: String,
    /// 0 is what the node boots from.
    pub boot_index: u32,
    /// How to reach it; may hold passwords.
    pub properties: Option<Secret<String>>,
}

impl Volume {
    pub(super) fn target(&self) -> VolumeTarget {
        let properties = self.properties.as_ref().map(|text| {
            let value = serde_json::from_str(text.expose()).unwrap_or_default();
            Guarded::sealed("volume properties", &value)
        });
        VolumeTarget {
            uuid: ResourceId::generate(),
            volume_type: self.volume_type.clone(),
            volume_id: self.volume_id.clone(),
            boot_index: self.boot_index,
            properties,
        }
    }
}

/// What is to be undeployed.
#[derive(Clone, Debug, Default)]
pub struct Destroy {
    /// The instance it has to be; whatever is there, without it.
    pub instance: Option<InstanceId>,
}

/// States in which a node without an instance rests.
const AT_REST: &[S] = &[
    S::AVAILABLE,
    S::MANAGEABLE,
    S::ENROLL,
    S::CLEAN_FAILED,
    S::INSPECT_FAILED,
    S::ADOPT_FAILED,
];

/// Fails unless the node is nobody's, or this instance's.
fn must_be_free_for(before: &Before, instance: &InstanceId) -> Result<(), Cause> {
    match &before.node.instance_uuid {
        Some(found) if found != instance => Err(Cause::Owner(Some(found.clone()))),
        Some(_) | None => Ok(()),
    }
}

fn must_be_usable(before: &Before) -> Result<(), Cause> {
    must_be_in(before, &[S::AVAILABLE])?;
    let unfit = |found: &str, expected| {
        Err(Cause::Unfit {
            found: found.into(),
            expected,
        })
    };
    if before.node.maintenance {
        return unfit("node is in maintenance", "one that is not");
    }
    if before.node.power_state.is_none() {
        return unfit("node has no power state", "one whose power Ironic can see");
    }
    Ok(())
}

pub(super) fn reserve(
    order: &Order,
    instance: &InstanceId,
    before: &Before,
) -> Result<Plan, Cause> {
    must_be_usable(before)?;
    must_be_free_for(before, instance)?;
    let steps = if before.node.instance_uuid.is_none() {
        vec![claim(instance, Vec::new())]
    } else {
        Vec::new()
    };
    Ok(Plan {
        owner: Owner::Instance(instance.clone()),
        ..order.of(before, steps)
    })
}

fn claim(instance: &InstanceId, info: Arguments) -> Step {
    let keys = info.iter().map(|(key, _)| key.clone()).collect();
    Step {
        expects: vec![S::AVAILABLE],
        ..Step::new(Call::Claim {
            instance: instance.clone(),
            info,
        })
    }
    .undone_by(Call::Unclaim {
        instance: instance.clone(),
        info: keys,
    })
}

pub(super) fn release(
    order: &Order,
    instance: &InstanceId,
    before: &Before,
) -> Result<Plan, Cause> {
    must_be_free_for(before, instance)?;
    if before.node.instance_uuid.is_none() {
        return Ok(order.of(before, Vec::new()));
    }
    must_be_in(before, AT_REST)?;
    let step = Step {
        expects: AT_REST.to_vec(),
        ..Step::new(Call::ClearInstance)
    };
    Ok(Plan {
        owner: Owner::GivenUp(Some(instance.clone())),
        ..order.of(before, vec![step])
    })
}

pub(super) fn deploy(order: &Order, deploy: &Deploy, before: &Before) -> Result<Plan, Cause> {
    must_be_usable(before)?;
    must_be_free_for(before, &deploy.instance)?;
    let mut steps = Vec::new();
    let info = info(deploy);
    if before.node.instance_uuid.is_none() {
        steps.push(claim(&deploy.instance, info));
    } else if !info.is_empty() {
        let remove = info.iter().map(|(key, _)| key.clone()).collect();
        let back = Call::SetInfo {
            set: Vec::new(),
            remove,
        };
        let set = Call::SetInfo {
            set: info,
            remove: Vec::new(),
        };
        steps.push(Step::new(set).undone_by(back));
    }
    for (vif, to) in &deploy.vifs {
        if !before.vifs.contains(vif) {
            steps.push(super::network::attach_step(vif, to.as_ref()));
        }
    }
    for volume in &deploy.volumes {
        steps.push(super::storage::create_target(volume.target()));
    }
    let mut arguments = Arguments::new();
    if let Some(drive) = &deploy.config_drive {
        arguments.push(("configdrive".into(), drive.guarded()));
    }
    if let Some(deploy_steps) = &deploy.deploy_steps {
        let guarded = Guarded::sealed("deploy steps", deploy_steps);
        arguments.push(("deploy_steps".into(), guarded));
    }
    steps.push(Step {
        validates: true,
        ..Step::provision(Verb::Active, arguments)
    });
    Ok(Plan {
        owner: Owner::Instance(deploy.instance.clone()),
        ..order.of(before, steps)
    })
}

/// What `instance_info` gets.
fn info(deploy: &Deploy) -> Arguments {
    let mut info: BTreeMap<String, Value> = deploy.info.clone();
    info.extend(deploy.image.iter().flat_map(Image::info));
    if !deploy.capabilities.is_empty() {
        // Ironic wants JSON in a text here.
        let capabilities = json!(deploy.capabilities).to_string();
        info.insert("capabilities".into(), capabilities.into());
    }
    if !deploy.traits.is_empty() {
        info.insert("traits".into(), json!(deploy.traits));
    }
    let guarded = |(key, value): (String, Value)| {
        let guarded = Guarded::instance_info(&key, &value);
        (key, guarded)
    };
    info.into_iter().map(guarded).collect()
}

pub(super) fn destroy(order: &Order, destroy: &Destroy, before: &Before) -> Result<Plan, Cause> {
    let found = &before.node.instance_uuid;
    if let (Some(wanted), Some(found)) = (&destroy.instance, found)
        && wanted != found
    {
        return Err(Cause::Owner(Some(found.clone())));
    }
    let mut steps = Vec::new();
    if UNDEPLOYABLE.contains(&before.node.provision_state) {
        steps.push(Step::provision(Verb::Deleted, Arguments::new()));
    } else {
        must_be_in(before, &[AT_REST, UNDEPLOYABLE].concat())?;
    }
    // Ironic detaches what it knows of; what somebody else left behind goes as well.
    let forward = |call| Step {
        undo: Undo::Impossible,
        ..Step::new(call).unless_so()
    };
    for vif in &before.vifs {
        steps.push(forward(Call::DetachVif { vif: vif.clone() }));
    }
    for uuid in &before.targets {
        steps.push(forward(Call::DeleteTarget { uuid: uuid.clone() }));
    }
    if found.is_some() {
        let clear = forward(Call::ClearInstance);
        steps.push(Step {
            expects: AT_REST.to_vec(),
            ..clear
        });
    }
    Ok(Plan {
        owner: Owner::GivenUp(found.clone()),
        commit: 0,
        ..order.of(before, steps)
    })
}
