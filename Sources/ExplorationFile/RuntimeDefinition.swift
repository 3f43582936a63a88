package import ModelRunner

/// Where a model's command runs.
package struct RuntimeDefinition: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// A process of the worker's machine; or of the worker's own container, where the worker was put into the
        /// model's image.
        case process
        case podman
        case docker

        /// The engine of containers; nil for processes.
        package var engine: ContainerEngine.Kind? {
            switch self {
            case .process: nil
            case .podman: .podman
            case .docker: .docker
            }
        }
    }

    package var kind = Kind.process
    /// The image that holds the model; nil for a model of the worker's machine.
    package var image: String?
    /// What a container may have, and how long it lives.
    package var container = ContainerSettings()
    /// The variables to set for the model.
    package var environment: [String: String] = [:]

    /// `sha256:…`, where the image is named by its digest.
    package var digest: String? {
        guard let image, let at = image.lastIndex(of: "@") else { return nil }
        return String(image[image.index(after: at)...])
    }
}
