//! What a component exports, found once and called often.

use wasmtime::component::{ComponentExportIndex, InstancePre, TypedFunc};

use super::bindings::exports::portcullis::policy::validator::{
    DescribeError, Description, Request, SettingsError, ValidateError, Verdict,
};
use super::bindings::{PolicyValidator, PolicyValidatorPre};
use super::instance::{Instance, State};

/// A component that has been linked, and whose exports have the types of the contract.
pub(super) struct Program {
    pre: PolicyValidatorPre<State>,
    validate: ComponentExportIndex,
}

/// Parameters and result of `validate`, as the contract has them.
type Validate<'a> = TypedFunc<(&'a str, Request<'a>), (Result<Verdict, ValidateError>,)>;

impl Program {
    /// Checks that the component exports what a validator exports.
    pub(super) fn new(pre: InstancePre<State>) -> wasmtime::Result<Self> {
        let component = pre.component().clone();
        let pre = PolicyValidatorPre::new(pre)?;
        let interface = component.get_export_index(
            None,
            format!("portcullis:policy/validator@{}", super::CONTRACT),
        );
        let validate = interface
            .and_then(|interface| component.get_export_index(Some(&interface), "validate"));
        let validate = validate.ok_or_else(|| wasmtime::Error::msg("no export `validate`"))?;
        Ok(Self { pre, validate })
    }

    /// What instances are made from.
    pub(super) fn instance_pre(&self) -> &InstancePre<State> {
        self.pre.instance_pre()
    }

    pub(super) async fn describe(
        &self,
        instance: &mut Instance,
        contract: &str,
    ) -> wasmtime::Result<Result<Description, DescribeError>> {
        let guest = PolicyValidator::new(&mut instance.store, &instance.guest)?;
        guest
            .portcullis_policy_validator()
            .call_describe(&mut instance.store, contract)
            .await
    }

    pub(super) async fn check_settings(
        &self,
        instance: &mut Instance,
        settings: &str,
    ) -> wasmtime::Result<Result<(), SettingsError>> {
        let guest = PolicyValidator::new(&mut instance.store, &instance.guest)?;
        guest
            .portcullis_policy_validator()
            .call_check_settings(&mut instance.store, settings)
            .await
    }

    /// The generated bindings would compare the types of all exports again for each instance,
    /// which takes a tenth of a small evaluation. They were compared in `new`, once.
    pub(super) async fn validate(
        &self,
        instance: &mut Instance,
        settings: &str,
        request: Request<'_>,
    ) -> wasmtime::Result<Result<Verdict, ValidateError>> {
        let Instance { store, guest } = instance;
        let function = guest
            .get_func(&mut *store, self.validate)
            .ok_or_else(|| wasmtime::Error::msg("no export `validate`"))?;
        // SAFETY: `PolicyValidatorPre::new` has compared the type of this very export with the
        // contract's, from which the parameters and the result here are generated.
        #[expect(
            unsafe_code,
            reason = "types were compared when the component was loaded"
        )]
        let validate: Validate<'_> = unsafe { TypedFunc::new_unchecked(function) };
        let (answer,) = validate.call_async(store, (settings, request)).await?;
        Ok(answer)
    }
}
