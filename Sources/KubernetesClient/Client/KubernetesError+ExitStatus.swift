package import Support

extension KubernetesError: ErrorWithExitStatus {
    /// 69 where trying later may help, 78 where something has to be changed before.
    package var exitStatus: ExitStatus { isTransient ? .unavailable : .configuration }
}

extension ManifestError: ErrorWithExitStatus {
    /// 78: something has to be changed.
    package var exitStatus: ExitStatus { .configuration }
}
