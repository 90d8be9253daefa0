//! What wasmtime makes of the contract in `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "policy-validator",
    imports: { default: trappable },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: false },
});

/// The other world: sanitizers.
pub(super) mod log_sanitizer {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "log-sanitizer",
        exports: { default: async },
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}
