<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Numbers of faults from 0 (light). -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="0" classificationMax="10">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="10" labelPrecision="4">
          <item value="0" label="0" color="#f8f6f3" alpha="255"/>
          <item value="0.625" label="0.625" color="#f7ebd9" alpha="255"/>
          <item value="1.25" label="1.25" color="#f6e0bf" alpha="255"/>
          <item value="1.875" label="1.875" color="#f4d4a5" alpha="255"/>
          <item value="2.5" label="2.5" color="#f3c98b" alpha="255"/>
          <item value="3.125" label="3.125" color="#eeb778" alpha="255"/>
          <item value="3.75" label="3.75" color="#eaa465" alpha="255"/>
          <item value="4.375" label="4.375" color="#e59252" alpha="255"/>
          <item value="5" label="5" color="#e0803f" alpha="255"/>
          <item value="5.625" label="5.625" color="#d46e3b" alpha="255"/>
          <item value="6.25" label="6.25" color="#c85d36" alpha="255"/>
          <item value="6.875" label="6.875" color="#bc4c32" alpha="255"/>
          <item value="7.5" label="7.5" color="#b03a2e" alpha="255"/>
          <item value="8.125" label="8.125" color="#9c2e2b" alpha="255"/>
          <item value="8.75" label="8.75" color="#872228" alpha="255"/>
          <item value="9.375" label="9.375" color="#721725" alpha="255"/>
          <item value="10" label="10" color="#5e0b22" alpha="255"/>
          <rampLegendSettings useContinuousLegend="1" orientation="2" direction="0" prefix="" suffix=" m/yr" minimumLabel="" maximumLabel=""/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
