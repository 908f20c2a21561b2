"""Calls to services of a running node from a command, with a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import rclpy
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

Call = Callable[[type, str, Any], Any]


@contextmanager
def caller(wait_s: float) -> Iterator[Call]:
    """A function (service type, name, request) -> response; its TimeoutError says what did not come."""
    context = Context()
    rclpy.init(args=[], context=context)
    node = rclpy.create_node("sgcross_command", context=context, start_parameter_services=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield lambda kind, name, request: _call(node, executor, kind, name, request, wait_s)
    finally:
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def set_parameter(call: Call, node: str, name: str, value: str) -> tuple[bool, str]:
    """Set a text parameter of a node; whether it took it, and its answer."""
    content = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=value)
    request = SetParameters.Request(parameters=[Parameter(name=name, value=content)])
    result = call(SetParameters, f"{node}/set_parameters", request).results[0]
    return result.successful, result.reason


def _call(
    node: Node, executor: SingleThreadedExecutor, kind: type, name: str, request: Any, wait_s: float
) -> Any:
    client = node.create_client(kind, name)
    if not client.wait_for_service(wait_s):
        raise TimeoutError(
            f"no service {name} within {wait_s:g} s; is the node running, in the same ROS_DOMAIN_ID?"
        )
    future = client.call_async(request)
    executor.spin_until_future_complete(future, wait_s)
    if not future.done():
        raise TimeoutError(f"{name} did not answer within {wait_s:g} s")
    return future.result()
