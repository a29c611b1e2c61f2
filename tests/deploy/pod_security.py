"""Kubernetes' Pod Security Standard "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/) as a
function: what in a pod's spec it forbids. Only Linux pods; a field that the standard leaves open is not looked at."""

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def violations(spec):
    found = []
    pod = spec.get("securityContext", {})
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            found.append(field)
    for volume in spec.get("volumes", []):
        if kinds := set(volume) - {"name"} - VOLUMES:
            found.append(f"volume {volume['name']}: {kinds}")
    for container in spec.get("initContainers", []) + spec["containers"]:
        context = container.get("securityContext", {})
        both = {**pod, **context}
        problems = {
            "privileged": context.get("privileged", False),
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is not False,
            "runAsNonRoot": both.get("runAsNonRoot") is not True,
            "runAsUser 0": both.get("runAsUser") == 0,
            "seccompProfile": both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"),
            "capabilities not dropped": "ALL" not in context.get("capabilities", {}).get("drop", []),
            "capabilities added": bool(set(context.get("capabilities", {}).get("add", [])) - {"NET_BIND_SERVICE"}),
            "hostPort": any(port.get("hostPort") for port in container.get("ports", [])),
            "procMount": context.get("procMount", "Default") != "Default",
        }
        found += [f"container {container['name']}: {what}" for what, wrong in problems.items() if wrong]
    return found
