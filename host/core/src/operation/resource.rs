//! The things that Ironic keeps, and how its paths name them.

/// A kind of thing that Ironic keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Nodes.
    Nodes,
    /// Ports.
    Ports,
    /// Port groups.
    Portgroups,
    /// Chassis.
    Chassis,
    /// Volume connectors.
    VolumeConnectors,
    /// Volume targets.
    VolumeTargets,
    /// Allocations.
    Allocations,
    /// Deploy templates.
    DeployTemplates,
    /// Runbooks.
    Runbooks,
    /// Inspection rules.
    InspectionRules,
}

impl Collection {
    const ALL: [Self; 10] = [
        Self::Nodes,
        Self::Ports,
        Self::Portgroups,
        Self::Chassis,
        Self::VolumeConnectors,
        Self::VolumeTargets,
        Self::Allocations,
        Self::DeployTemplates,
        Self::Runbooks,
        Self::InspectionRules,
    ];

    /// Where the API lists them, below the version.
    pub fn path(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Ports => "ports",
            Self::Portgroups => "portgroups",
            Self::Chassis => "chassis",
            Self::VolumeConnectors => "volume/connectors",
            Self::VolumeTargets => "volume/targets",
            Self::Allocations => "allocations",
            Self::DeployTemplates => "deploy_templates",
            Self::Runbooks => "runbooks",
            Self::InspectionRules => "inspection_rules",
        }
    }
}

/// One thing, by whatever the request calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its kind.
    pub collection: Collection,
    /// Its UUID or name.
    pub ident: &'a str,
}

impl<'a> Resource<'a> {
    /// What a resolved path (`/v1/...`) names.
    pub(super) fn of_path(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        Collection::ALL.into_iter().find_map(|collection| {
            let rest = path.strip_prefix(collection.path())?.strip_prefix('/')?;
            let ident = rest.split('/').next().filter(|ident| !ident.is_empty())?;
            Some(Self { collection, ident })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_thing() {
        let check = |path: &str, expected: Option<(Collection, &str)>| {
            let found = Resource::of_path(path).map(|found| (found.collection, found.ident));
            assert_eq!(found, expected, "{path}");
        };
        check("/v1/nodes", None);
        check("/v1/nodes/n1", Some((Collection::Nodes, "n1")));
        check("/v1/nodes/n1/states/power", Some((Collection::Nodes, "n1")));
        check("/v1/ports/p", Some((Collection::Ports, "p")));
        check("/v1/portgroups/p", Some((Collection::Portgroups, "p")));
        check(
            "/v1/volume/targets/t",
            Some((Collection::VolumeTargets, "t")),
        );
        check("/v1/drivers/ipmi", None);
    }
}
